/** An answer that is an error of the API, in its words. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly requestId: string
  constructor(code: string, message: string, { status, requestId }: { readonly status: number; readonly requestId: string }) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
    this.requestId = requestId
  }
}

/** What a denial says. IAM User Guide, "Troubleshoot access denied error messages". */
export interface Denial {
  readonly principal: string
  readonly action: string
  readonly resource: string | undefined
  /** Such as "no identity-based policy allows the iam:CreateUser action". */
  readonly reason: string | undefined
}

const denialCodes = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'])

/** @returns undefined when the error is no denial, or says no action */
export function denialOf(problem: unknown): Denial | undefined {
  if (!(problem instanceof ApiError) || !denialCodes.has(problem.code)) return undefined
  const parts =
    /User: (?<principal>\S+) is not authorized to perform: (?<action>[\w:*-]+)(?: on resource: (?<resource>.+?))?(?: (?:because|with) (?<reason>.*))?$/.exec(
      problem.message,
    )?.groups
  if (!parts?.['principal'] || !parts['action']) return undefined
  return { principal: parts['principal'], action: parts['action'], resource: parts['resource'], reason: parts['reason'] }
}

export const isNotFound = (problem: unknown) =>
  problem instanceof ApiError &&
  /^(NoSuchEntity|NoSuchEntityException|ResourceNotFoundException|AWSOrganizationsNotInUseException)$/.test(problem.code)
