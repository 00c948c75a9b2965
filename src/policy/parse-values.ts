import { policyRules } from './policy-kinds.ts'
import { type Refusal, syntaxErrors } from './refusal.ts'

const noVendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const actionForm = /^[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+$/

/** Actions that a role trust policy may name. IAM User Guide, "Actions, resources, and condition keys for AWS STS". */
const trustAction = /^sts:(assumerole[a-z]*|tagsession|setsourceidentity|setcontext|\*|[a-z]*[*?][a-z*?]*)$/i

/** An action: `*`, or a service prefix, a colon and a name that may hold wildcards. */
export function checkAction(value: string, offset: number, refusal: Refusal) {
  if (value === '*' || value === '*:*') {
    if (refusal.kind === 'trust') refusal.refuse(offset, 'AssumeRole policy may only specify STS AssumeRole actions.')
    return
  }
  const colon = value.indexOf(':')
  if (colon <= 0) refusal.refuse(offset, noVendor, `${value} is not an action: it has no service prefix.`)
  if (/[*?]/.test(value.slice(0, colon))) refusal.refuse(offset, 'Action vendors must be fully qualified and cannot contain regexes.')
  if (!actionForm.test(value)) refusal.refuse(offset, syntaxErrors, `${value} is not an action.`)
  if (refusal.kind === 'trust' && !trustAction.test(value))
    refusal.refuse(offset, 'AssumeRole policy may only specify STS AssumeRole actions.')
}

const partitions = /^(aws|aws-cn|aws-us-gov|aws-iso|aws-iso-b|aws-iso-e|aws-iso-f|aws-eusc)$/
const iamResource =
  /^(\*|(user|federated-user|role|group|instance-profile|mfa|server-certificate|policy|sms-mfa|saml-provider|oidc-provider|report|access-report)\/|root$)/

/** A resource: `*` or an ARN, possibly incomplete, with wildcards and variables. */
export function checkResource(value: string, offset: number, refusal: Refusal) {
  if (value === '*' || !policyRules[refusal.kind].strictValues) return
  const [prefix, partition = '', service = '', region = '', , ...rest] = value.split(':')
  if (prefix !== 'arn' || service === '') refusal.refuse(offset, `Resource ${value} must be in ARN format or "*".`)
  if (!partitions.test(partition) && !/[*?]/.test(partition))
    refusal.refuse(offset, `Partition "${partition}" is not valid for resource "${value}".`)
  if (/[*?]/.test(service) && service !== '*') refusal.refuse(offset, 'Resource vendor must be fully qualified and cannot contain regexes.')
  // A variable before the resource part is plain text that no resource has; its colon would shift the parts.
  if (service !== 'iam' || rest.length === 0 || /^[^:]*:[^:]*:iam:[^:]*:[^:]*\$\{/.test(value)) return
  if (region !== '' && !/[*?]/.test(region)) refusal.refuse(offset, `IAM resource ${value} cannot contain region information.`)
  const path = rest.join(':')
  if (!iamResource.test(path) && !/^[a-z-]*[*?$]/.test(path)) {
    refusal.refuse(
      offset,
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
    )
  }
}

export function checkConditionKey(key: string, offset: number, refusal: Refusal) {
  if (key.indexOf(':') <= 0) refusal.refuse(offset, noVendor, `${key} is not a condition key: it has no prefix.`)
}

export function checkSid(sid: string, offset: number, refusal: Refusal) {
  if (policyRules[refusal.kind].strictValues && !/^[0-9A-Za-z]*$/.test(sid)) {
    refusal.refuse(offset, 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*')
  }
}
