import { iam } from './service.ts'

interface SigninSessionRequest {
  readonly MaxSigninSessionDuration?: number
  readonly ResetMaxSigninSessionDuration?: boolean
}

/**
 * The longest console session of a user or role after a change, in seconds; null for the default.
 * @throws InvalidInput for a new length and the order to forget it
 * @see    IAM API Reference, "UpdateLoginProfile" and "UpdateRole"
 */
export function changedSigninSession(
  seconds: number | null,
  { MaxSigninSessionDuration: wanted, ResetMaxSigninSessionDuration: reset = false }: SigninSessionRequest,
): number | null {
  if (wanted !== undefined && reset)
    throw new iam.InvalidInput('Specify either MaxSigninSessionDuration or ResetMaxSigninSessionDuration, but not both.')
  return reset ? null : (wanted ?? seconds)
}

/** The member `MaxSigninSessionDuration`: absent for the default. */
export const signinSessionMember = (seconds: number | null): { MaxSigninSessionDuration?: number } =>
  seconds === null ? {} : { MaxSigninSessionDuration: seconds }
