import type { Transaction } from '../../store/index.ts'
import type { EksAnywhereSubscription, EksAnywhereSubscriptionTerm } from '../../wire/models/eks.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { pageByName, taggingAccess } from './access.ts'
import { resourceArn } from './arns.ts'
import { requestTagKeys, resourceTagKeys, tagsOf } from './cluster-store.ts'
import { isRepeated, type Resource, resourcesOf, scopeOf } from './resources.ts'
import { eks } from './service.ts'

interface Subscription {
  readonly id: string
  readonly licenseQuantity: number
  readonly licenseType: string
  readonly term: EksAnywhereSubscriptionTerm
  readonly autoRenew: boolean
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

const subscriptions = resourcesOf<Subscription>('eks-anywhere-subscription')

type Place = { readonly account: string; readonly region: string }

/** CreateEksAnywhereSubscription: a record; there is no contract and no licence behind it. EKS API Reference, "CreateEksAnywhereSubscription". */
export const CreateEksAnywhereSubscription = eks.operation('CreateEksAnywhereSubscription', {
  access: ({ tags }, context) => [{ resource: '*', keys: requestTagKeys(tags) }, ...taggingAccess(arnOf(context, '*'), tags)],

  async handle(input, context) {
    const { tx, now, world } = context
    const { name, term, licenseQuantity = 1, licenseType = 'Cluster', autoRenew = false, tags, clientRequestToken } = input
    const scope = scopeOf(context)
    const known = await subscriptions.find(tx, scope, name)
    if (known && isRepeated(known, clientRequestToken)) return { subscription: await shape(tx, known, now) }
    if (known) throw new eks.InvalidParameterException(`A subscription already exists with name: ${name}`)
    const months = term.duration ?? 0
    if (term.unit !== 'MONTHS' || ![12, 36].includes(months))
      throw new eks.InvalidParameterException('The term must have the unit MONTHS and a duration of 12 or 36.')
    if (licenseQuantity < 1 || licenseQuantity > 100)
      throw new eks.InvalidParameterException('The licenseQuantity must be between 1 and 100.')
    const id = world.random.uuid()
    const details = { id, licenseQuantity, licenseType, term, autoRenew, expiresAt: monthsAfter(now, months) }
    const arn = arnOf(context, id)
    const made = await subscriptions.insert(context, { arn, scope, name, details, tags, clientRequestToken })
    return { subscription: { ...(await shape(tx, made, now)), status: 'CREATING' } }
  },
})

function monthsAfter(at: number, months: number): number {
  const date = new Date(at)
  return date.setUTCMonth(date.getUTCMonth() + months)
}

const arnOf = ({ account, region }: Place, id: string) => resourceArn(region, account, 'eks-anywhere-subscription', id)

async function subscriptionAccess({ id }: { readonly id: string }, context: AccessContext): Promise<AccessStatement> {
  const resource = arnOf(context, id)
  return { resource, keys: resourceTagKeys(await tagsOf(context.tx, resource)) }
}

/** DescribeEksAnywhereSubscription. EKS API Reference, "DescribeEksAnywhereSubscription". */
export const DescribeEksAnywhereSubscription = eks.operation('DescribeEksAnywhereSubscription', {
  access: subscriptionAccess,
  handle: async ({ id }, { tx, now, ...place }) => ({ subscription: await shape(tx, await requireSubscription(tx, place, id), now) }),
})

/** ListEksAnywhereSubscriptions. EKS API Reference, "ListEksAnywhereSubscriptions". */
export const ListEksAnywhereSubscriptions = eks.operation('ListEksAnywhereSubscriptions', {
  access: () => ({ resource: '*' }),
  async handle({ maxResults = 10, ...asked }, { tx, now, ...place }) {
    const all = await subscriptions.list(tx, scopeOf(place))
    const wanted = all.filter(({ details }) => asked.includeStatus?.includes(statusOf(details, now)) ?? true)
    const { page, nextToken } = pageByName(wanted, ({ name }) => name, { ...asked, maxResults })
    return { subscriptions: await Promise.all(page.map(row => shape(tx, row, now))), nextToken }
  },
})

/** UpdateEksAnywhereSubscription: whether it renews itself. EKS API Reference, "UpdateEksAnywhereSubscription". */
export const UpdateEksAnywhereSubscription = eks.operation('UpdateEksAnywhereSubscription', {
  access: subscriptionAccess,
  async handle({ id, autoRenew }, { tx, now, ...place }) {
    const row = await requireSubscription(tx, place, id)
    return { subscription: await shape(tx, await subscriptions.update(tx, row, { ...row.details, autoRenew }, now), now) }
  },
})

/** DeleteEksAnywhereSubscription: of one that has expired. EKS API Reference, "DeleteEksAnywhereSubscription". */
export const DeleteEksAnywhereSubscription = eks.operation('DeleteEksAnywhereSubscription', {
  access: subscriptionAccess,
  async handle({ id }, { tx, now, ...place }) {
    const row = await requireSubscription(tx, place, id)
    if (statusOf(row.details, now) === 'ACTIVE')
      throw new eks.InvalidRequestException(`Subscription ${id} cannot be deleted while it is ACTIVE.`, { subscriptionId: id })
    const deleted = await shape(tx, row, now)
    await subscriptions.remove(tx, row)
    return { subscription: { ...deleted, status: 'DELETING' } }
  },
})

async function requireSubscription(tx: Transaction, place: Place, id: string): Promise<Resource<Subscription>> {
  const found = (await subscriptions.list(tx, scopeOf(place))).find(({ details }) => details.id === id)
  if (!found) throw new eks.ResourceNotFoundException(`No subscription found for id: ${id}.`, { subscriptionId: id })
  return found
}

/** One that renews itself goes on. */
const statusOf = ({ expiresAt, autoRenew }: Subscription, now: number) => (autoRenew || now < expiresAt ? 'ACTIVE' : 'EXPIRED')

async function shape(tx: Transaction, { arn, details, createdAt }: Resource<Subscription>, now: number): Promise<EksAnywhereSubscription> {
  const { id, licenseQuantity, licenseType, term, autoRenew, expiresAt } = details
  return {
    id,
    arn,
    createdAt: new Date(createdAt),
    effectiveDate: new Date(createdAt),
    expirationDate: new Date(expiresAt),
    licenseQuantity,
    licenseType,
    term,
    status: statusOf(details, now),
    autoRenew,
    licenseArns: [],
    licenses: [],
    tags: await tagsOf(tx, arn),
  }
}
