import { packedPolicySize, type SessionFacts } from '../../identity/sessions.ts'
import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import { sts } from './service.ts'

/** The members that ask for session policies and tags, common to the calls that make sessions. */
export interface SessionRequest {
  readonly Policy?: string
  readonly PolicyArns?: readonly { readonly arn?: string }[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TransitiveTagKeys?: readonly string[]
}

/**
 * Checks session policies and tags, and turns them into session facts.
 * @param inherited  transitive tags of the session that assumes this one
 * @throws           MalformedPolicyDocument, PackedPolicyTooLarge, InvalidParameterValue
 * @see              IAM User Guide, "Session policies" and "Pass session tags in AWS STS"
 */
export function sessionLimits(
  { Policy, PolicyArns = [], Tags = [], TransitiveTagKeys = [] }: SessionRequest,
  inherited: { readonly [key: string]: string } = {},
): { readonly facts: Pick<SessionFacts, 'policy' | 'policyArns' | 'tags' | 'transitiveTagKeys'>; readonly packedSize: number | undefined } {
  if (Policy !== undefined) checkSessionPolicy(Policy)
  const tags = mergeTags(Tags, inherited)
  const policyArns = PolicyArns.flatMap(({ arn }) => (arn === undefined ? [] : [arn]))
  const missing = TransitiveTagKeys.find(key => !Tags.some(tag => tag.Key.toLowerCase() === key.toLowerCase()))
  if (missing !== undefined) throw new sts.ValidationError(`The specified transitive tag key must be included in the requested tags.`)
  const packedSize = packedPolicySize(Policy, policyArns, tags)
  if (packedSize !== undefined && packedSize > 100)
    throw new sts.PackedPolicyTooLarge(`Packed size of session policy and tags consumes ${packedSize}% of allotted space.`)
  const transitive = [...new Set([...Object.keys(inherited), ...TransitiveTagKeys])]
  return {
    facts: {
      ...(Policy !== undefined && { policy: Policy }),
      ...(policyArns.length > 0 && { policyArns }),
      ...(Object.keys(tags).length > 0 && { tags }),
      ...(transitive.length > 0 && { transitiveTagKeys: transitive }),
    },
    packedSize,
  }
}

function checkSessionPolicy(text: string): void {
  try {
    parsePolicy(text, 'session')
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) throw new sts.MalformedPolicyDocument(problem.message)
    throw problem
  }
}

function mergeTags(tags: readonly { readonly Key: string; readonly Value: string }[], inherited: { readonly [key: string]: string }) {
  const seen = new Set<string>()
  for (const { Key } of tags) {
    const key = Key.toLowerCase()
    if (key.startsWith('aws:')) throw new sts.ValidationError(`Tag keys beginning with 'aws:' are reserved.`)
    if (seen.has(key)) throw new sts.ValidationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    seen.add(key)
    if (Object.keys(inherited).some(name => name.toLowerCase() === key))
      throw new sts.ValidationError(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      )
  }
  return { ...inherited, ...Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) }
}

/** Condition keys that tell of requested session tags. Service Authorization Reference, "Condition keys for AWS STS". */
export const sessionTagKeys = ({ Tags, TransitiveTagKeys }: SessionRequest) => ({
  ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  ...(Tags?.length ? { 'aws:TagKeys': Tags.map(({ Key }) => Key) } : {}),
  ...(TransitiveTagKeys?.length ? { 'sts:TransitiveTagKeys': TransitiveTagKeys } : {}),
})
