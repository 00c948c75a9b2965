import { sameSecret } from '../../types/same-secret.ts'
import type { Seed } from '../seeds/seed.ts'
import type { StateChange } from './state-changes.ts'

/** What an owner asks for. */
export type OwnerRequest = StateChange | { readonly kind: 'seed'; readonly seed: Seed }

/** How far the last change of state is. */
export interface ChangeProgress {
  /** Changes finished since the process began. */
  readonly finished: number
  readonly working: boolean
  /** Why the last one failed. */
  readonly problem?: string
}

/** What the owner of the data folder may ask of the Gatehouse that runs on it. */
export interface OwnerControl {
  /** Kept in the data folder, which its owner alone can read. */
  readonly token: string
  /** Begins it; false while another is at work. */
  begin(request: OwnerRequest): boolean
  progress(): ChangeProgress
}

export interface ControlAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

export interface ControlRequest {
  readonly method: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
}

/** Whether a request has the owner's token. */
export function isOwner(owner: OwnerControl, headers: ControlRequest['headers']): boolean {
  const bearer = /^Bearer (\S+)$/i.exec(headers['authorization'] ?? '')?.[1]
  return bearer !== undefined && sameSecret(bearer, owner.token)
}

/** Answers `POST /_gatehouse/state` with a change, and GET with how far it is. Whoever lacks the token learns nothing. */
export function answerOwner(owner: OwnerControl, { method, headers, body }: ControlRequest): ControlAnswer {
  if (!isOwner(owner, headers)) return json(404, { message: 'not found' })
  if (method === 'GET') return json(200, owner.progress())
  if (method !== 'POST') return json(405, { message: 'method not allowed' })
  const change = requestOf(body)
  if (!change) return json(400, { message: 'no change of state that is known' })
  return owner.begin(change) ? json(202, owner.progress()) : json(409, { message: 'another change is at work' })
}

function requestOf(body: Uint8Array): OwnerRequest | undefined {
  try {
    const { kind, file, masterKey, seed } = JSON.parse(Buffer.from(body).toString('utf8')) as { [name: string]: unknown }
    if (kind === 'reset' || kind === 'keep') return { kind }
    if (kind === 'restore' && typeof file === 'string') return { kind, file }
    // Parsed by the command that sent it.
    if (kind === 'seed' && typeof seed === 'object' && seed !== null) return { kind, seed: seed as Seed }
    if (kind === 'export' && typeof file === 'string') return { kind, file, masterKey: masterKey !== false }
  } catch {
    // What is no JSON is no change either.
  }
  return undefined
}

export const json = (status: number, value: object): ControlAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})
