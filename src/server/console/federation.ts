import { signInWithToken, signinTokenFor } from '../../services/signin/federation.ts'
import { SignInError, type Visit } from '../../services/signin/visit.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { StreamedResponse } from '../listeners/exchange.ts'
import type { ConsoleParts } from './console-parts.ts'
import { noSessionCookie, sessionCookie, sessionIdOf } from './session-cookie.ts'

/**
 * The federation endpoint, by which identity brokers of companies sign people in.
 * @see IAM User Guide, "Enable custom identity broker access to the AWS console"
 */
const actions: {
  readonly [action: string]: (
    parts: ConsoleParts,
    parameters: URLSearchParams,
    request: WireRequest,
    visit: Visit,
  ) => Promise<StreamedResponse>
} = {
  async getsignintoken({ world }, parameters, _request, visit) {
    const SigninToken = await signinTokenFor(world, brokerRequest(parameters), visit)
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ SigninToken }),
    }
  },

  async login({ world }, parameters, request, visit) {
    const location = destinationOf(parameters.get('Destination') ?? '', visit)
    const session = await signInWithToken(world, required(parameters, 'SigninToken'), visit)
    return redirect(location, sessionCookie(session.id, session.expiresAt, request))
  },

  async logout({ sessions }, _parameters, request, visit) {
    const id = sessionIdOf(request)
    const session = id === undefined ? undefined : await sessions.find(id, visit.now)
    if (session) await sessions.signOut(session, visit.now)
    return redirect('/console/', noSessionCookie(request))
  },
}

/** Whether a request is for the federation endpoint: unsigned, and with an action of it. A bucket called so is reached by whoever signs. */
export const isForFederation = (request: WireRequest): boolean =>
  request.path === '/federation' &&
  request.hostedBucket === undefined &&
  request.headers['authorization'] === undefined &&
  (request.method === 'GET' || request.method === 'POST') &&
  actionOf(parametersOf(request)) !== undefined

/** Answers a request of the federation endpoint: brokers in JSON, browsers with a page or on to the console. */
export async function answerFederation(parts: ConsoleParts, request: WireRequest, visit: Visit): Promise<StreamedResponse> {
  const parameters = parametersOf(request)
  const action = actionOf(parameters) as string
  try {
    return await (actions[action] as NonNullable<(typeof actions)[string]>)(parts, parameters, request, visit)
  } catch (problem) {
    if (!(problem instanceof SignInError)) throw problem
    const { status, code, message } = problem
    if (action === 'login')
      return { status, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body: errorPage(message) }
    return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: JSON.stringify({ code, message }) }
  }
}

function actionOf(parameters: URLSearchParams): string | undefined {
  const action = (parameters.get('Action') ?? '').toLowerCase()
  return Object.hasOwn(actions, action) ? action : undefined
}

function parametersOf({ query, method, headers, body }: WireRequest): URLSearchParams {
  const isForm =
    method === 'POST' && /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '') && body.byteLength <= mostBytes
  return new URLSearchParams(isForm ? `${query}&${Buffer.from(body).toString('utf8')}` : query)
}

/** Bytes of a form: a session token is the largest part of it. */
const mostBytes = 65_536

function brokerRequest(parameters: URLSearchParams) {
  const { sessionId, sessionKey, sessionToken } = sessionOf(required(parameters, 'Session'))
  if (typeof sessionId !== 'string' || typeof sessionKey !== 'string' || typeof sessionToken !== 'string')
    throw invalid('Session must be JSON with sessionId, sessionKey and sessionToken.')
  const duration = parameters.get('SessionDuration')
  if (duration !== null && (!/^\d{1,6}$/.test(duration) || Number(duration) < 900 || Number(duration) > 43_200))
    throw invalid('SessionDuration must be a number of seconds from 900 to 43200.')
  return {
    accessKeyId: sessionId,
    secretAccessKey: sessionKey,
    sessionToken,
    ...(duration !== null && { sessionSeconds: Number(duration) }),
  }
}

function sessionOf(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : {}
  } catch {
    return {}
  }
}

/**
 * Where a login leads: a page of this console and nothing else. Brokers that were written for AWS name its console; they mean ours.
 * @throws SignInError
 */
function destinationOf(destination: string, { origin }: Visit): string {
  const url = URL.canParse(destination, origin) ? new URL(destination, origin) : undefined
  if (url?.protocol === 'https:' && /(^|\.)console\.aws\.amazon\.com$/.test(url.hostname)) return '/console/'
  if (url?.origin === origin && (destination === '' || url.pathname === '/console' || url.pathname.startsWith('/console/')))
    return destination === '' ? '/console/' : `${url.pathname}${url.search}${url.hash}`
  throw invalid('Destination must be a page of this console.')
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name)
  if (!value) throw invalid(`${name} is missing.`)
  return value
}

const invalid = (message: string) => new SignInError(400, 'ValidationError', message)

const redirect = (location: string, cookie: string): StreamedResponse => ({
  status: 302,
  headers: { location, 'set-cookie': cookie, 'cache-control': 'no-store' },
  body: '',
})

/** @param message  ours, without anything that came with the request */
const errorPage = (message: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign-in failed</title></head>
<body><h1>Sign-in failed</h1><p>${message}</p><p><a href="/console/">Sign in to the console</a></p></body></html>
`
