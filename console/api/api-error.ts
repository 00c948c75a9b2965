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
}

const denialCodes = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'])

/** @returns undefined when the error is no denial, or says no action */
export function denialOf(problem: unknown): Denial | undefined {
  if (!(problem instanceof ApiError) || !denialCodes.has(problem.code)) return undefined
  const parts =
    /User: (?<principal>\S+) is not authorized to perform: (?<action>[\w:*-]+)(?: on resource: (?<resource>.+?))?(?: (?:because|with) .*)?$/.exec(
      problem.message,
    )?.groups
  if (!parts?.['principal'] || !parts['action']) return undefined
  return { principal: parts['principal'], action: parts['action'], resource: parts['resource'] }
}

/** The ARN of what a denial names: IAM says "user alice" where other services say its ARN. @returns undefined for what has none, such as "policy path /" */
export function deniedArn({ principal, resource = '' }: Denial): string | undefined {
  if (resource.startsWith('arn:')) return resource
  const [, kind, name = ''] = /^(user|group|role|policy|instance profile) (\S+)$/.exec(resource) ?? []
  if (kind === undefined || name.startsWith('arn:')) return kind && name
  const [, partition, , , account] = principal.split(':')
  return `arn:${partition}:iam::${account}:${kind.replace(' ', '-')}/${name}`
}

/** Whether the credentials of a call were not good, or no longer: those of a session that is over are refused at once. */
export const isOfNobody = (problem: unknown) =>
  problem instanceof ApiError &&
  /^(NotSignedIn|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken|ExpiredTokenException|InvalidSession)$/.test(problem.code)

export const isNotFound = (problem: unknown) =>
  problem instanceof ApiError &&
  /^(NoSuchEntity|NoSuchEntityException|ResourceNotFoundException|AWSOrganizationsNotInUseException)$/.test(problem.code)

/** A problem in one line, where there is no room for more: of a denial, the action that is missing. */
export function shortly(problem: unknown): string {
  const denial = denialOf(problem)
  if (denial) return `You need permission: ${denial.action}`
  return problem instanceof Error ? problem.message : String(problem)
}
