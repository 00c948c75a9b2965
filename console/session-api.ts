/** What the console and the server say to one another about sessions: JSON under /console/session. */

/** POST /console/session/sign-in: of the root user by e-mail address, of an IAM user by account (its id or alias) and name. */
export type SignInRequest =
  | { readonly account: string; readonly userName: string; readonly password: string }
  | { readonly email: string; readonly password: string }

/** The answer of sign-in, mfa and password. Errors are `{ message }` with 400, 401 or 429. */
export type SignInAnswer =
  | { readonly state: 'signed-in' }
  | { readonly state: 'mfa-required'; readonly transaction: string; readonly methods: readonly MfaMethod[] }
  | { readonly state: 'password-change-required'; readonly transaction: string }

export type MfaMethod =
  | { readonly kind: 'totp'; readonly serialNumber: string }
  | { readonly kind: 'security-key'; readonly serialNumber: string; readonly options: object }

/** POST /console/session/mfa: a code, or what the browser's security key answered. */
export type MfaRequest =
  | { readonly transaction: string; readonly code: string }
  | { readonly transaction: string; readonly assertion: object }

/** POST /console/session/password: during sign-in with its transaction, later without. */
export interface PasswordRequest {
  readonly transaction?: string
  readonly oldPassword: string
  readonly newPassword: string
}

/** GET /console/session; 401 when there is none. */
export interface ConsoleSession {
  readonly account: string
  readonly alias?: string
  readonly arn: string
  readonly kind: 'root' | 'user' | 'role' | 'federated'
  readonly userName?: string
  /** The region that this Gatehouse is, until another is chosen. */
  readonly region: string
  readonly signedInAt: number
  readonly expiresAt: number
  /** Goes back in the header x-gatehouse-csrf with every POST. */
  readonly csrfToken: string
  readonly role?: SwitchedRole
  readonly roleHistory: readonly SwitchedRole[]
}

/** One of POST /console/session/sessions: those of the person that are not over, the latest first. */
export interface OwnSession {
  readonly signedInAt: number
  readonly usedAt: number
  readonly expiresAt: number
  /** With a second factor. */
  readonly mfa: boolean
  /** The one that asks. */
  readonly current: boolean
}

export interface SwitchedRole {
  readonly account: string
  readonly roleName: string
  readonly displayName?: string
  readonly color?: string
}

/** POST /console/session/credentials: of the session's principal; kept in memory only. */
export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: number
  readonly principalArn: string
}
