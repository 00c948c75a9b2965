import type { SessionCredentials } from '../session-api.ts'
import { sessionCredentials } from './session.ts'

/** Renewed so long before they end. */
const marginMilliseconds = 60_000

/** The session's temporary credentials: in memory only, renewed in time, one request however many calls wait. */
class Credentials {
  #known: Promise<SessionCredentials> | undefined
  #expiresAt = 0

  current(): Promise<SessionCredentials> {
    if (this.#known && Date.now() < this.#expiresAt - marginMilliseconds) return this.#known
    this.#expiresAt = Number.POSITIVE_INFINITY
    this.#known = sessionCredentials().then(
      found => {
        this.#expiresAt = found.expiresAt
        return found
      },
      (problem: unknown) => {
        this.forget()
        throw problem
      },
    )
    return this.#known
  }

  /** After signing out, and after becoming somebody else. */
  forget(): void {
    this.#known = undefined
    this.#expiresAt = 0
  }
}

export const credentials = new Credentials()
