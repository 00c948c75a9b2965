import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { CallContext } from '../operation.ts'
import { requireChannel } from './channels.ts'
import { requireDashboard } from './dashboards.ts'
import { requireStore, storeAccess } from './event-data-store-rows.ts'
import { policyTextOf } from './lake-policies.ts'
import { resourceTagKeys } from './resource-tags.ts'
import { cloudtrail } from './service.ts'

type Context = CallContext & { readonly tx: Transaction }

/** What has a resource policy, by the word before the slash in its ARN. */
const kinds: { readonly [kind: string]: (tx: Transaction, arn: string, context: Context) => Promise<unknown> } = {
  channel: requireChannel,
  dashboard: requireDashboard,
  eventdatastore: (tx, arn, { now }) => requireStore(tx, arn, now),
}

/** @throws ResourceARNNotValidException, ResourceTypeNotSupportedException, ResourceNotFoundException */
async function requireResource(arn: string, context: Context): Promise<void> {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'cloudtrail' || !parsed.resource.includes('/'))
    throw new cloudtrail.ResourceARNNotValidException(`${arn} is not the ARN of a resource of CloudTrail.`)
  const kind = kinds[parsed.resource.split('/')[0] ?? '']
  if (!kind) throw new cloudtrail.ResourceTypeNotSupportedException('Channels, dashboards and event data stores have resource policies.')
  try {
    await kind(context.tx, arn, context)
  } catch {
    throw new cloudtrail.ResourceNotFoundException(`The resource ${arn} does not exist.`)
  }
}

const policyAccess = async (arn: string, context: Pick<Context, 'tx' | 'region' | 'account'>) =>
  arn.includes(':eventdatastore/') ? storeAccess(arn, context) : { resource: arn, keys: await resourceTagKeys(context.tx, arn) }

/** PutResourcePolicy: in place of the one that was there. CloudTrail API Reference, "PutResourcePolicy". */
export const PutResourcePolicy = cloudtrail.operation('PutResourcePolicy', {
  access: ({ ResourceArn }, context) => policyAccess(ResourceArn, context),
  async handle({ ResourceArn, ResourcePolicy }, context) {
    await requireResource(ResourceArn, context)
    checkPolicy(ResourcePolicy, ResourceArn)
    await context.tx
      .insertInto('lakeResourcePolicies')
      .values({ resourceArn: ResourceArn, policy: ResourcePolicy })
      .onConflict(conflict => conflict.column('resourceArn').doUpdateSet({ policy: ResourcePolicy }))
      .execute()
    return { ResourceArn, ResourcePolicy }
  },
})

/** What the guide's examples have as Resource of an event data store's and a dashboard's policy: the resource, or all dashboards of the account. */
function isOwn(value: string, arn: string): boolean {
  if (value === arn) return true
  const own = arn.slice(0, arn.indexOf('/') + 1)
  return !arn.includes(':channel/') && [`${own}*`, `${own.replace(':eventdatastore/', ':dashboard/')}*`].includes(value)
}

/**
 * A policy is about its own resource, in every statement.
 * CloudTrail User Guide, "AWS CloudTrail resource-based policy examples".
 * @throws ResourcePolicyNotValidException
 */
function checkPolicy(text: string, arn: string): void {
  let statements: ReturnType<typeof parsePolicy>['statements']
  try {
    statements = parsePolicy(text, 'resource').statements
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) throw new cloudtrail.ResourcePolicyNotValidException(problem.detail)
    throw problem
  }
  for (const { resource, action } of statements) {
    if (resource?.negated || resource?.values.some(value => !isOwn(value, arn)))
      throw new cloudtrail.ResourcePolicyNotValidException(`The Resource of each statement must be ${arn}.`)
    const ours = arn.includes(':channel/') ? /^cloudtrail-data:/i : /^cloudtrail:/i
    if (action.negated || action.values.some(value => !ours.test(value)))
      throw new cloudtrail.ResourcePolicyNotValidException('The policy has actions that the resource does not know.')
  }
}

/** GetResourcePolicy. CloudTrail API Reference, "GetResourcePolicy". */
export const GetResourcePolicy = cloudtrail.operation('GetResourcePolicy', {
  access: ({ ResourceArn }, context) => policyAccess(ResourceArn, context),
  async handle({ ResourceArn }, context) {
    await requireResource(ResourceArn, context)
    const policy = await policyTextOf(context.tx, ResourceArn)
    if (policy === undefined) throw noPolicy(ResourceArn)
    return { ResourceArn, ResourcePolicy: policy }
  },
})

const noPolicy = (arn: string) => new cloudtrail.ResourcePolicyNotFoundException(`The resource ${arn} has no resource policy.`)

/** DeleteResourcePolicy. CloudTrail API Reference, "DeleteResourcePolicy". */
export const DeleteResourcePolicy = cloudtrail.operation('DeleteResourcePolicy', {
  access: ({ ResourceArn }, context) => policyAccess(ResourceArn, context),
  async handle({ ResourceArn }, context) {
    await requireResource(ResourceArn, context)
    if ((await policyTextOf(context.tx, ResourceArn)) === undefined) throw noPolicy(ResourceArn)
    await context.tx.deleteFrom('lakeResourcePolicies').where('resourceArn', '=', ResourceArn).execute()
    return {}
  },
})
