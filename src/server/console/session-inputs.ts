import type { MfaRequest, PasswordRequest, SignInRequest, SwitchedRole } from '../../../console/session-api.ts'
import type { KeyRequest } from '../../services/signin/security-keys.ts'
import { SignInError } from '../../services/signin/visit.ts'
import type { WireRequest } from '../../wire/message.ts'

/** Bytes that a request may have: a security key's attestation is the largest. */
const mostBytes = 65_536

interface Input {
  readonly [name: string]: unknown
}

/** A request's JSON object. @throws SignInError */
export function inputOf({ headers, body }: WireRequest): Input {
  // No form can send it: a page elsewhere would have to ask first.
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) throw bad('The content type must be application/json.')
  if (body.byteLength > mostBytes) throw bad(`A request has ${mostBytes} bytes at most.`)
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input
  } catch {
    // Said below.
  }
  throw bad('The request must be a JSON object.')
}

export function signInRequest(input: Input): SignInRequest {
  const password = text(input, 'password', 1_024)
  if (input['email'] !== undefined) return { email: text(input, 'email', 320), password }
  return { account: text(input, 'account', 63), userName: text(input, 'userName', 128), password }
}

export function mfaRequest(input: Input): MfaRequest {
  const transaction = text(input, 'transaction', 64)
  const { assertion } = input
  if (assertion === undefined) return { transaction, code: text(input, 'code', 6) }
  if (typeof assertion !== 'object' || assertion === null) throw bad('assertion must be an object.')
  return { transaction, assertion }
}

export function passwordRequest(input: Input): PasswordRequest {
  const passwords = { oldPassword: text(input, 'oldPassword', 1_024), newPassword: text(input, 'newPassword', 1_024) }
  return input['transaction'] === undefined ? passwords : { ...passwords, transaction: text(input, 'transaction', 64) }
}

/** A new security key: whose, and what it is called. IAM API Reference, "CreateVirtualMFADevice", VirtualMFADeviceName. */
export function keyRequest(input: Input): KeyRequest {
  const name = text(input, 'name', 64)
  if (!/^[\w+=,.@-]+$/.test(name)) throw bad('name may have letters, digits and any of _+=,.@-')
  return { name, ...(input['userName'] !== undefined && { userName: text(input, 'userName', 128) }) }
}

export function keyRegistration(input: Input): KeyRequest & { readonly attestation: object } {
  const { attestation } = input
  if (typeof attestation !== 'object' || attestation === null) throw bad('attestation must be an object.')
  return { ...keyRequest(input), attestation }
}

/** IAM API Reference, "CreateRole": a role's name, after its path if it has one. */
const roleNameForm = /^([\x21-\x7e]{0,510}\/)?[\w+=,.@-]{1,64}$/
const colorForm = /^#?[0-9A-Za-z]{3,20}$/

export function roleChoice(input: Input): SwitchedRole {
  const roleName = text(input, 'roleName', 575).replace(/^\/+/, '')
  if (!roleNameForm.test(roleName)) throw bad('roleName must be the name of a role.')
  const displayName = input['displayName'] === undefined ? undefined : text(input, 'displayName', 64)
  const color = input['color'] === undefined ? undefined : text(input, 'color', 21)
  if (color !== undefined && !colorForm.test(color)) throw bad('color must be a colour.')
  return {
    account: text(input, 'account', 63),
    roleName,
    ...(displayName !== undefined && { displayName }),
    ...(color !== undefined && { color }),
  }
}

/** @throws SignInError for a member that is not there, is no text, is empty or too long */
export function text(input: Input, name: string, longest: number): string {
  const value = input[name]
  if (typeof value !== 'string' || value === '' || value.length > longest)
    throw bad(`${name} must be a text of 1 to ${longest} characters.`)
  return value
}

export const bad = (message: string) => new SignInError(400, 'ValidationError', message)
