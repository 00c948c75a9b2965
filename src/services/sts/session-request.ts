import { managedPolicy } from '../../catalogue/managed-policies.ts'
import { packedPolicySize, packedSizeProblem, type SessionFacts } from '../../identity/sessions.ts'
import { MalformedPolicyDocument, parsePolicy, type RequestContext } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { sts } from './service.ts'

/** The members that ask for session policies and tags, common to the calls that make sessions. */
export interface SessionRequest {
  readonly Policy?: string
  readonly PolicyArns?: readonly { readonly arn?: string }[]
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TransitiveTagKeys?: readonly string[]
}

/** Session tags by key, keys as they were written. */
export interface SessionTags {
  readonly [key: string]: string
}

interface SessionLimits {
  readonly facts: Pick<SessionFacts, 'policy' | 'policyArns' | 'tags' | 'transitiveTagKeys'>
  /** Per cent; undefined without policies and tags. */
  readonly packedSize: number | undefined
}

/** "You can specify up to 10 managed policies." STS API Reference, "AssumeRole", PolicyArns. */
const mostPolicyArns = 10
/** STS API Reference, "Tag". */
const tagKeyForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const tagValueForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u
/** IAM User Guide, "Pass session tags in AWS STS", "Things to know about session tags". */
const mostTags = 50

/**
 * Checks session policies and tags, and turns them into session facts.
 * @param account    where managed session policies must be: the session's own
 * @param inherited  transitive tags of the session that assumes this one
 * @throws           MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError
 * @see              IAM User Guide, "Session policies" and "Pass session tags in AWS STS"
 */
export async function sessionLimits(
  { Policy, PolicyArns = [], Tags = [], TransitiveTagKeys = [] }: SessionRequest,
  { tx, account, inherited = {} }: { readonly tx: Transaction; readonly account: string; readonly inherited?: SessionTags },
): Promise<SessionLimits> {
  if (Policy !== undefined) checkSessionPolicy(Policy)
  const tags = mergeTags(Tags, inherited)
  if (Object.keys(tags).length > mostTags) throw new sts.ValidationError(`A session can have at most ${mostTags} tags.`)
  const policyArns = [...new Set(PolicyArns.flatMap(({ arn }) => (arn === undefined ? [] : [arn])))]
  await checkPolicyArns(tx, account, policyArns)
  const missing = TransitiveTagKeys.find(key => !Tags.some(tag => tag.Key.toLowerCase() === key.toLowerCase()))
  if (missing !== undefined) throw new sts.ValidationError(`The specified transitive tag key must be included in the requested tags.`)
  const packedSize = packedPolicySize(Policy, policyArns, tags)
  if (packedSize !== undefined && packedSize > 100)
    throw new sts.PackedPolicyTooLarge(packedSizeProblem(packedSize, Policy !== undefined || policyArns.length > 0))
  // Keys are compared without regard to case, and kept as the tags have them.
  const wanted = new Set(TransitiveTagKeys.map(key => key.toLowerCase()))
  const transitive = Object.keys(tags).filter(key => key in inherited || wanted.has(key.toLowerCase()))
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

async function checkPolicyArns(tx: Transaction, account: string, arns: readonly string[]): Promise<void> {
  if (arns.length > mostPolicyArns) throw new sts.ValidationError(`A session can have at most ${mostPolicyArns} managed session policies.`)
  for (const arn of arns) {
    if (managedPolicy(arn)) continue
    const row = await tx.selectFrom('policies').select('id').where('arn', '=', arn).where('account', '=', account).executeTakeFirst()
    if (!row) throw new sts.ValidationError(`Policy ${arn} does not exist or is not attachable.`)
  }
}

/** @throws MalformedPolicyDocument */
export function checkSessionPolicy(text: string): void {
  try {
    parsePolicy(text, 'session')
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) throw new sts.MalformedPolicyDocument(problem.message)
    throw problem
  }
}

function mergeTags(tags: readonly { readonly Key: string; readonly Value: string }[], inherited: SessionTags): SessionTags {
  const seen = new Set<string>()
  for (const { Key, Value } of tags) {
    const key = Key.toLowerCase()
    // Requests keep to the model; identity providers' assertions may hold anything.
    if (!tagKeyForm.test(Key) || !tagValueForm.test(Value)) throw new sts.ValidationError('A session tag does not have the form of a tag.')
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

/**
 * Condition keys that tell of requested session tags; inherited ones are requested by the chain.
 * Service Authorization Reference, "Condition keys for AWS STS"; IAM User Guide, "Chaining roles with session tags".
 */
export function sessionTagKeys({ Tags = [], TransitiveTagKeys = [] }: SessionRequest, inherited: SessionTags = {}): RequestContext {
  const tags = [...Object.entries(inherited), ...Tags.map(({ Key, Value }) => [Key, Value] as const)]
  const transitive = [...new Set([...Object.keys(inherited), ...TransitiveTagKeys])]
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(tags.length > 0 && { 'aws:TagKeys': tags.map(([key]) => key) }),
    ...(transitive.length > 0 && { 'sts:TransitiveTagKeys': transitive }),
  }
}
