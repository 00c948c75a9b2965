import type { ConsoleSession } from '../../identity/console-sessions.ts'
import { changePasswordOf } from '../../services/signin/password-changes.ts'
import { switchBack, switchRole } from '../../services/signin/role-switching.ts'
import type { SignInResult } from '../../services/signin/sign-in.ts'
import { SignInError, type Visit } from '../../services/signin/visit.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { StreamedResponse } from '../listeners/exchange.ts'
import { requestFacts } from '../call/request-facts.ts'
import { answerFederation, isForFederation } from './federation.ts'
import { isFromOwnPage, originOf } from './request-origin.ts'
import { securityHeaders } from './security-headers.ts'
import { noSessionCookie, sessionCookie, sessionIdOf } from './session-cookie.ts'
import { inputOf, keyRegistration, keyRequest, mfaRequest, passwordRequest, roleChoice, signInRequest } from './session-inputs.ts'
import type { ConsoleParts } from './console-parts.ts'

/** Whether a request is for the console. A bucket called so is reached by whoever signs, and by its own host. */
export const isForConsole = (request: WireRequest): boolean => isConsolePath(request) || isForFederation(request)

const isConsolePath = ({ path, headers, query, hostedBucket }: WireRequest): boolean =>
  (path === '/console' || path.startsWith('/console/')) &&
  hostedBucket === undefined &&
  headers['authorization'] === undefined &&
  !/(^|&)X-Amz-Signature=/i.test(query)

/** The console's own server: its files, and signing in. All else that it does, it does by the public APIs. */
export async function answerConsole(parts: ConsoleParts, request: WireRequest): Promise<StreamedResponse> {
  const response = await route(parts, request)
  return { ...response, headers: { ...response.headers, ...securityHeaders(request.secure, request.headers['host'] ?? '') } }
}

async function route(parts: ConsoleParts, request: WireRequest): Promise<StreamedResponse> {
  const { path } = request
  try {
    if (path === '/federation') return await answerFederation(parts, request, visitOf(request, parts.now()))
    if (path === '/console') return { status: 308, headers: { location: '/console/' }, body: '' }
    if (path !== '/console/session' && !path.startsWith('/console/session/')) return parts.files(request)
    return await answerSession(parts, request, path.slice('/console/session/'.length))
  } catch (problem) {
    if (!(problem instanceof SignInError)) throw problem
    return json(problem.status, { code: problem.code, message: problem.message })
  }
}

async function answerSession(parts: ConsoleParts, request: WireRequest, action: string): Promise<StreamedResponse> {
  const visit = visitOf(request, parts.now())
  if (action === '') {
    if (request.method !== 'GET') return json(405, { code: 'MethodNotAllowed', message: 'Use GET.' }, { allow: 'GET' })
    const { id, session } = await requireSession(parts, request, visit)
    return json(200, await parts.sessions.view(id, session))
  }
  const beforeSession = Object.hasOwn(steps, action) ? steps[action] : undefined
  const inSession = Object.hasOwn(deeds, action) ? deeds[action] : undefined
  if (!beforeSession && !inSession) return json(404, { code: 'NotFound', message: 'There is no such action.' })
  if (request.method !== 'POST') return json(405, { code: 'MethodNotAllowed', message: 'Use POST.' }, { allow: 'POST' })
  if (!isFromOwnPage(request)) throw new SignInError(403, 'CrossOrigin', 'The request does not come from a page of this console.')
  const input = inputOf(request)
  const result = await beforeSession?.(parts, input, visit)
  if (result) return signedInAnswer(result, request)
  if (!inSession) throw new SignInError(400, 'ValidationError', 'The request lacks its transaction.')
  const { id, session } = await requireSession(parts, request, visit)
  if (!parts.sessions.isCsrfToken(id, request.headers['x-gatehouse-csrf'] ?? ''))
    throw new SignInError(403, 'CsrfToken', 'The header x-gatehouse-csrf is missing or wrong.')
  const answer = await inSession(parts, session, input, visit)
  return json(200, answer, action === 'sign-out' ? { 'set-cookie': noSessionCookie(request) } : {})
}

type Input = ReturnType<typeof inputOf>

/** Steps of signing in, which need no session; undefined when the request means something else. */
const steps: {
  readonly [action: string]: (parts: ConsoleParts, input: Input, visit: Visit) => Promise<SignInResult> | undefined
} = {
  'sign-in': ({ signIn }, input, visit) => signIn.withPassword(signInRequest(input), visit),
  mfa: ({ signIn }, input, visit) => signIn.withSecondFactor(mfaRequest(input), visit),
  password({ signIn }, input, visit) {
    const { transaction, oldPassword, newPassword } = passwordRequest(input)
    return transaction === undefined ? undefined : signIn.withNewPassword(transaction, oldPassword, newPassword, visit)
  },
}

/** What is done in a session. */
const deeds: {
  readonly [action: string]: (parts: ConsoleParts, session: ConsoleSession, input: Input, visit: Visit) => Promise<object>
} = {
  credentials: ({ sessions }, session, _input, visit) => sessions.credentials(session, visit),
  async password({ world }, { facts, idHash }, input, visit) {
    await changePasswordOf(world, { ...facts, consoleSession: idHash }, passwordRequest(input), visit)
    return { state: 'signed-in' }
  },
  async 'switch-role'({ world }, session, input, visit) {
    await switchRole(world, session, roleChoice(input), visit)
    return {}
  },
  async 'switch-back'({ world }, session, _input, visit) {
    await switchBack(world, session, visit)
    return {}
  },
  'security-keys/options': ({ keys }, session, input, visit) => keys.options(session, keyRequest(input), visit),
  'security-keys': ({ keys }, session, input, visit) => keys.register(session, keyRegistration(input), visit),
  sessions: ({ sessions }, session, _input, { now }) => sessions.ofPerson(session, now),
  async 'sessions/end-others'({ sessions }, session, _input, { now }) {
    await sessions.endOthers(session, now)
    return {}
  },
  async 'sign-out'({ sessions }, session, _input, { now }) {
    await sessions.signOut(session, now)
    return {}
  },
}

function visitOf(request: WireRequest, now: number): Visit {
  const origin = originOf(request)
  if (origin === undefined) throw new SignInError(400, 'ValidationError', 'The host is not one.')
  return { facts: requestFacts(request, undefined), origin, now, ...(request.tls && { tls: request.tls }) }
}

async function requireSession({ sessions }: ConsoleParts, request: WireRequest, { now }: Visit) {
  const id = sessionIdOf(request)
  const session = id === undefined ? undefined : await sessions.find(id, now)
  if (id === undefined || !session) throw new SignInError(401, 'NotSignedIn', 'You are not signed in.')
  return { id, session }
}

const signedInAnswer = ({ answer, session }: SignInResult, request: WireRequest): StreamedResponse =>
  json(200, answer, session ? { 'set-cookie': sessionCookie(session.id, session.expiresAt, request) } : {})

const json = (status: number, value: object, headers: { readonly [name: string]: string } = {}): StreamedResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(value),
})
