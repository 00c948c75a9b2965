import type { Transaction } from '../../store/index.ts'
import type { CreateTrailRequest, UpdateTrailRequest } from '../../wire/models/cloudtrail.ts'
import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import type { CallContext } from '../operation.ts'
import type { World } from '../world.ts'
import { tellOfBucket } from './bucket-errors.ts'
import { logFolder } from './log-keys.ts'
import { checkOrganization, organizationTrailOwner, servicePrincipal } from './organization.ts'
import { pageByKey } from './paging.ts'
import { addTags, checkTags, removeTags, requestTagKeys, resourceTagKeys } from './resource-tags.ts'
import { cloudtrail } from './service.ts'
import { checkPlace, checkTrailName, namedTrailArn, trailArn, trailResource } from './trail-names.ts'
import { findTrail, requireTrail, requireTrailAtHome, type TrailRow, trailShape, trailsSeenBy } from './trail-store.ts'

/** Trails of one account in a region. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostTrails = 5

type Settings = Omit<CreateTrailRequest, 'Name' | 'S3BucketName' | 'TagsList'> & { readonly S3BucketName?: string }

/** What a trail can ask for that is not there. @throws the error that CloudTrail has for it */
function refuseWhatIsNotServed({ SnsTopicName, KmsKeyId, CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn }: Settings): void {
  if (SnsTopicName) throw new cloudtrail.InsufficientSnsTopicPolicyException('SNS Topic does not exist or the topic policy is incorrect!')
  if (KmsKeyId) throw new cloudtrail.KmsKeyNotFoundException('The KMS key does not exist: there is no KMS here.')
  if (CloudWatchLogsLogGroupArn || CloudWatchLogsRoleArn)
    throw new cloudtrail.CloudWatchLogsDeliveryUnavailableException('Cannot set a CloudWatch Logs delivery for this region.')
}

/** Settings as a trail's row has them: those that the request gives, over those that were. @throws InvalidParameterCombinationException */
function settled(input: Settings, before: Omit<TrailRow, 'arn' | 'account' | 'organizationId'>, now: number) {
  const flag = (given: boolean | undefined, was: number) => (given === undefined ? was : Number(given))
  const settings = {
    bucket: input.S3BucketName ?? before.bucket,
    // An empty prefix takes the prefix away.
    prefix: input.S3KeyPrefix === undefined ? before.prefix : input.S3KeyPrefix || null,
    globalEvents: flag(input.IncludeGlobalServiceEvents, before.globalEvents),
    multiRegion: flag(input.IsMultiRegionTrail, before.multiRegion),
    fileValidation: flag(input.EnableLogFileValidation, before.fileValidation),
    validatedSince: input.EnableLogFileValidation && before.fileValidation === 0 ? now : before.validatedSince,
    recursive: flag(input.RecursiveLogging, before.recursive),
  }
  if (settings.multiRegion === 1 && settings.globalEvents === 0)
    throw new cloudtrail.InvalidParameterCombinationException('Multi-Region trail must include global service events.')
  checkPlace(settings)
  return settings
}

/** The owner of a trail that the caller makes, and its organization. */
const ownerOf = async (tx: Transaction, account: string, forOrganization: boolean) =>
  forOrganization ? organizationTrailOwner(tx, account) : { account, organizationId: null }

async function newTrail(tx: Transaction, input: CreateTrailRequest, context: CallContext): Promise<TrailRow> {
  const { account, region, now } = context
  checkTrailName(input.Name)
  refuseWhatIsNotServed(input)
  checkTags(context, input.TagsList ?? [])
  const owner = await ownerOf(tx, account, input.IsOrganizationTrail === true)
  const arn = trailArn(region, owner.account, input.Name)
  const undelivered = { deliveredAt: null, attemptedAt: null, deliveryError: null, digestedAt: null, digestError: null }
  const nothingYet = { ...undelivered, startedAt: null, stoppedAt: null, logging: 0 }
  const aggregations = { aggregations: null, aggregatedUntil: null }
  const selectors = { eventSelectors: null, advancedSelectors: null, insightSelectors: null, ...aggregations }
  const fresh = { name: input.Name, region, createdAt: now, ...nothingYet, ...selectors }
  const defaults = { bucket: '', prefix: null, globalEvents: 1, multiRegion: 0, fileValidation: 0, validatedSince: null, recursive: 1 }
  const trail = { arn, ...owner, ...fresh, ...settled(input, { ...fresh, ...defaults }, now) }
  if (await findTrail(tx, arn))
    throw new cloudtrail.TrailAlreadyExistsException(`Trail ${input.Name} already exists for customer: ${owner.account}`)
  const there = await tx.selectFrom('trails').select('arn').where('account', '=', owner.account).where('region', '=', region).execute()
  if (there.length >= mostTrails)
    throw new cloudtrail.MaximumNumberOfTrailsExceededException(`User: ${owner.account} already has ${mostTrails} trails in ${region}.`)
  return trail
}

/**
 * Asks whether CloudTrail may deliver: it reads the bucket's ACL and writes the empty folders of the logs, as it does on AWS.
 * CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
 * @throws S3BucketDoesNotExistException, InsufficientS3BucketPolicyException
 */
export async function checkBucket({ logBuckets }: World, trail: TrailRow): Promise<void> {
  const source = { arn: trail.arn, account: trail.account }
  const folders = [logFolder({ ...trail, organizationId: null }, trail.account)]
  if (trail.organizationId !== null) folders.push(logFolder(trail, trail.account))
  await tellOfBucket(trail.bucket, async () => {
    await logBuckets.check(trail.bucket, source)
    for (const key of folders) await logBuckets.put({ bucket: trail.bucket, key, body: new Uint8Array(0) }, source)
  })
}

/** CreateTrail: for the account or its organization; logging does not start with it. CloudTrail API Reference, "CreateTrail". */
export const CreateTrail = cloudtrail.operation('CreateTrail', {
  access: ({ Name, TagsList }, { account, region }) => ({
    resource: trailArn(region, account, Name),
    keys: requestTagKeys(TagsList),
  }),

  async reach(input, context) {
    const { world, principal } = context
    const trail = await world.store.read(tx => newTrail(tx, input, context))
    if (trail.organizationId !== null) await checkOrganization(world, principal)
    await checkBucket(world, trail)
  },

  async handle(input, context) {
    const { tx, now, world } = context
    const trail = await newTrail(tx, input, context)
    await tx.insertInto('trails').values(trail).execute()
    await addTags(context, trail.arn, input.TagsList ?? [])
    if (trail.organizationId !== null)
      await ensureServiceLinkedRole(tx, { account: trail.account, service: servicePrincipal, now, random: world.random })
    return settingsShape(trail)
  },
})

/** What CreateTrail and UpdateTrail answer. */
function settingsShape(trail: TrailRow) {
  const { HomeRegion: _region, HasCustomEventSelectors: _custom, HasInsightSelectors: _insights, ...shape } = trailShape(trail)
  return shape
}

async function updatedTrail(tx: Transaction, input: UpdateTrailRequest, context: CallContext): Promise<TrailRow> {
  const before = await requireTrailAtHome(tx, namedTrailArn(input.Name, context), context)
  refuseWhatIsNotServed(input)
  const forOrganization = input.IsOrganizationTrail ?? before.organizationId !== null
  const owner = await ownerOf(tx, context.account, forOrganization)
  if (owner.account !== before.account)
    throw new cloudtrail.NotOrganizationMasterAccountException('Only trails of the management account can be trails of the organization.')
  return { ...before, ...settled(input, before, context.now), organizationId: owner.organizationId }
}

/**
 * A trail by name or ARN, with its tags as condition keys. Trails of an organization are seen in its member accounts, by these
 * accounts' own policies. CloudTrail User Guide, "Creating a trail for an organization".
 */
export const trailAccess = async (
  name: string,
  { tx, account, region }: { readonly tx: Transaction; readonly account: string; readonly region: string },
) => {
  const resource = trailResource(name, { account, region })
  return { resource, resourceAccount: account, keys: await resourceTagKeys(tx, resource) }
}

/** UpdateTrail: from its home region; what is not given stays. CloudTrail API Reference, "UpdateTrail". */
export const UpdateTrail = cloudtrail.operation('UpdateTrail', {
  access: ({ Name }, context) => trailAccess(Name, context),

  async reach(input, context) {
    const { world, principal } = context
    const trail = await world.store.read(tx => updatedTrail(tx, input, context))
    if (trail.organizationId !== null) await checkOrganization(world, principal)
    await checkBucket(world, trail)
  },

  async handle(input, context) {
    const { tx } = context
    const trail = await updatedTrail(tx, input, context)
    await tx.updateTable('trails').set(trail).where('arn', '=', trail.arn).execute()
    // A chain of digests ends with the validation of files: what was delivered meanwhile is in no digest.
    if (trail.fileValidation === 0) await forgetDigests(tx, trail.arn)
    return settingsShape(trail)
  },
})

async function forgetDigests(tx: Transaction, arn: string): Promise<void> {
  await tx.deleteFrom('trailDigests').where('trailArn', '=', arn).execute()
  await tx.deleteFrom('trailFiles').where('trailArn', '=', arn).where('deliveredAt', 'is not', null).execute()
}

/** DeleteTrail: at once; what was delivered stays in the bucket. CloudTrail API Reference, "DeleteTrail". */
export const DeleteTrail = cloudtrail.operation('DeleteTrail', {
  access: ({ Name }, context) => trailAccess(Name, context),

  async handle({ Name }, context) {
    const { tx } = context
    const { arn } = await requireTrailAtHome(tx, namedTrailArn(Name, context), context)
    for (const table of ['trailCursors', 'trailFiles', 'trailDigests'] as const)
      await tx.deleteFrom(table).where('trailArn', '=', arn).execute()
    await tx.deleteFrom('trails').where('arn', '=', arn).execute()
    await removeTags(tx, arn)
    return {}
  },
})

/** DescribeTrails: all that the caller sees, or those that it names. CloudTrail API Reference, "DescribeTrails". */
export const DescribeTrails = cloudtrail.operation('DescribeTrails', {
  access: () => ({ resource: '*' }),

  async handle({ trailNameList = [], includeShadowTrails = true }, context) {
    const { tx, account, region } = context
    for (const name of trailNameList) namedTrailArn(name, context)
    const named = new Set(trailNameList)
    // A shadow is a trail of another region, or of the organization in a member account.
    const isShadow = (trail: TrailRow) => trail.region !== region || trail.account !== account
    const seen = (await trailsSeenBy(tx, account)).filter(trail => trail.region === region || trail.multiRegion === 1)
    const wanted = seen.filter(trail => named.size === 0 || named.has(trail.name) || named.has(trail.arn))
    return { trailList: wanted.filter(trail => includeShadowTrails || !isShadow(trail)).map(trailShape) }
  },
})

/** GetTrail. CloudTrail API Reference, "GetTrail". */
export const GetTrail = cloudtrail.operation('GetTrail', {
  access: ({ Name }, context) => trailAccess(Name, context),
  handle: async ({ Name }, context) => ({
    Trail: trailShape(await requireTrail(context.tx, namedTrailArn(Name, context), context.account)),
  }),
})

/** ListTrails. CloudTrail API Reference, "ListTrails". */
export const ListTrails = cloudtrail.operation('ListTrails', {
  access: () => ({ resource: '*' }),

  async handle({ NextToken }, { tx, account }) {
    const { items, end } = pageByKey(await trailsSeenBy(tx, account), ({ arn }) => arn, NextToken)
    return { Trails: items.map(({ arn, name, region }) => ({ TrailARN: arn, Name: name, HomeRegion: region })), ...end }
  },
})
