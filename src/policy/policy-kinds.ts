import type { PolicyKind } from './document.ts'

export interface PolicyRules {
  readonly principal: 'required' | 'forbidden'
  readonly resource: 'required' | 'forbidden' | 'optional'
  /** Elements of statements that the kind does not have. */
  readonly prohibited?: readonly string[]
  /** Whether the Id element is allowed. */
  readonly id: boolean
  /** Elements and values are checked as IAM checks them; services with their own resource policies are laxer. */
  readonly strictValues: boolean
  /** The one message of services that have only one. */
  readonly message?: string
  /** What is said of a text that is not JSON, where it is not the same as of one that is no policy. */
  readonly notJson?: string
}

const organizationsMessage = 'The provided policy document does not meet the requirements of the specified policy type.'

/**
 * What a document may hold by its kind. Neither trust policies nor RCPs have NotPrincipal ("AWS JSON policy elements: NotPrincipal"), RCPs no NotAction. IAM User Guide, "Grammar of the IAM JSON policy language", "Policies and permissions";
 * Organizations User Guide, "SCP syntax" and "RCP syntax". Resource policies of some services (ECR) have no Resource.
 */
export const policyRules: Readonly<Record<PolicyKind, PolicyRules>> = {
  identity: { principal: 'forbidden', resource: 'required', id: false, strictValues: true },
  session: { principal: 'forbidden', resource: 'required', id: false, strictValues: true },
  boundary: { principal: 'forbidden', resource: 'required', id: false, strictValues: true },
  trust: {
    principal: 'required',
    resource: 'forbidden',
    prohibited: ['NotPrincipal'],
    id: true,
    strictValues: true,
    notJson: 'This policy contains invalid Json',
  },
  resource: { principal: 'required', resource: 'optional', id: true, strictValues: false },
  vpce: { principal: 'required', resource: 'required', id: true, strictValues: false },
  scp: { principal: 'forbidden', resource: 'required', id: true, strictValues: true, message: organizationsMessage },
  rcp: {
    principal: 'required',
    resource: 'required',
    prohibited: ['NotPrincipal', 'NotAction'],
    id: true,
    strictValues: true,
    message: organizationsMessage,
  },
}
