import type {
  ConsoleSession,
  OwnSession,
  MfaRequest,
  PasswordRequest,
  SessionCredentials,
  SignInAnswer,
  SignInRequest,
  SwitchedRole,
} from '../session-api.ts'
import { ApiError } from './api-error.ts'
import { setServerRegion } from './region.ts'

let csrfToken = ''
let doubts: () => void = () => {}

/** Told when credentials of the session were refused: it may be over, elsewhere ended, or its user gone. */
export const onDoubt = (listener: () => void) => {
  doubts = listener
}

/** Has the session asked after. */
export const doubtSession = () => doubts()

/** The session of this browser, or undefined when nobody is signed in. */
export async function readSession(): Promise<ConsoleSession | undefined> {
  const response = await fetch('/console/session', { headers: { accept: 'application/json' } })
  if (response.status === 401) {
    // Read to its end, so that the connection is free for the next.
    await response.text()
    return undefined
  }
  const session = await bodyOf<ConsoleSession>(response)
  csrfToken = session.csrfToken
  setServerRegion(session.region)
  return session
}

export const signIn = (request: SignInRequest) => post<SignInAnswer>('sign-in', request)
export const answerMfa = (request: MfaRequest) => post<SignInAnswer>('mfa', request)
export const changePassword = (request: PasswordRequest) => post<SignInAnswer>('password', request)
export const signOut = () => post<object>('sign-out', {})
/** Sessions of the signed-in person, in other browsers too. */
export const ownSessions = () => post<readonly OwnSession[]>('sessions', {})
export const endOtherSessions = () => post<object>('sessions/end-others', {})
export const switchRole = (role: SwitchedRole) => post<object>('switch-role', role)
export const switchBack = () => post<object>('switch-back', {})
export const sessionCredentials = () => post<SessionCredentials>('credentials', {})
/** What navigator.credentials.create wants for a new security key of the signed-in user. */
export const securityKeyOptions = (name: string) => post<object>('security-keys/options', { name })
export const addSecurityKey = (name: string, attestation: object) => post<object>('security-keys', { name, attestation })

async function post<Answer>(action: string, body: object): Promise<Answer> {
  const response = await fetch(`/console/session/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gatehouse-csrf': csrfToken },
    body: JSON.stringify(body),
  })
  return bodyOf<Answer>(response)
}

async function bodyOf<Answer>(response: Response): Promise<Answer> {
  const text = await response.text()
  const body = jsonOf(text)
  if (response.ok) return body as Answer
  throw new ApiError(String(body['code'] ?? `HTTP ${response.status}`), String(body['message'] ?? text.slice(0, 300)), {
    status: response.status,
    requestId: response.headers.get('x-amzn-requestid') ?? '',
  })
}

function jsonOf(text: string): { readonly [name: string]: unknown } {
  try {
    return (text === '' ? {} : JSON.parse(text)) as { readonly [name: string]: unknown }
  } catch {
    return {}
  }
}
