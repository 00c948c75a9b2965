import type { RequestFacts } from '../request-facts.ts'

/** A browser's request, as sign-in sees it. */
export interface Visit {
  readonly facts: RequestFacts
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** Scheme and authority that the browser reaches the console by, such as `https://localhost:4443`. */
  readonly origin: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** What a browser is told instead of an answer. */
export class SignInError extends Error {
  readonly status: 400 | 401 | 403 | 429
  readonly code: string
  constructor(status: SignInError['status'], code: string, message: string) {
    super(message)
    this.name = 'SignInError'
    this.status = status
    this.code = code
  }
}

/** One text for every reason, so that nobody learns which accounts and users there are. */
export const wrongAuthentication = () =>
  new SignInError(401, 'AuthenticationFailed', 'Your authentication information is incorrect. Please try again.')
