import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account } from '../call.ts'
import { type LakeHouse, openLakeHouse } from './lake-house.ts'

const day = 86_400_000
const arnPattern = /^arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore\/[0-9a-f-]{36}$/
const category = (value: string) => ({ Field: 'eventCategory', Equals: [value] })
const writes = [{ Name: 'writes', FieldSelectors: [category('Management'), { Field: 'readOnly', Equals: ['false'] }] }]

const organization: { readonly [operation: string]: unknown } = {
  DescribeOrganization: { Organization: { FeatureSet: 'ALL' } },
  ListAWSServiceAccessForOrganization: { EnabledServicePrincipals: [{ ServicePrincipal: 'cloudtrail.amazonaws.com' }] },
}

let house: LakeHouse
beforeEach(async () => {
  house = await openLakeHouse()
})
afterEach(() => house.close())

const names = (arn: string) => house.ask(arn, 'SELECT eventName FROM $1 ORDER BY eventTime')

test('an event data store is made with the defaults that the reference names', async () => {
  const made = await house.call('CreateEventDataStore', { Name: 'audit', TagsList: [{ Key: 'team', Value: 'blue' }] })
  expect(made).toMatchObject({
    EventDataStoreArn: expect.stringMatching(arnPattern),
    Name: 'audit',
    Status: 'CREATED',
    MultiRegionEnabled: true,
    OrganizationEnabled: false,
    RetentionPeriod: 366,
    BillingMode: 'EXTENDABLE_RETENTION_PRICING',
    TerminationProtectionEnabled: true,
    AdvancedEventSelectors: [{ FieldSelectors: [category('Management')] }],
    TagsList: [{ Key: 'team', Value: 'blue' }],
  })
  const shown = await house.call('GetEventDataStore', { EventDataStore: made.EventDataStoreArn })
  expect(shown).toMatchObject({ Name: 'audit', Status: 'ENABLED', FederationStatus: 'DISABLED' })
  const { ResourceTagList } = await house.call('ListTags', { ResourceIdList: [made.EventDataStoreArn] })
  expect(ResourceTagList).toEqual([{ ResourceId: made.EventDataStoreArn, TagsList: [{ Key: 'team', Value: 'blue' }] }])
  const id = made.EventDataStoreArn.split('/')[1]
  expect((await house.call('GetEventDataStore', { EventDataStore: id })).EventDataStoreArn).toBe(made.EventDataStoreArn)
  expect((await house.call('ListEventDataStores')).EventDataStores).toEqual([{ EventDataStoreArn: made.EventDataStoreArn, Name: 'audit' }])
})

describe('an event data store takes in', () => {
  test('events from its making on', async () => {
    await house.record({ eventName: 'Before' })
    const store = await house.makeStore()
    await house.record({ eventName: 'After' })
    expect(await names(store)).toEqual([['After']])
  })

  test('nothing while ingestion is stopped', async () => {
    const store = await house.makeStore({ StartIngestion: false })
    await house.record({ eventName: 'Stopped' })
    await house.call('StartEventDataStoreIngestion', { EventDataStore: store })
    await house.record({ eventName: 'Started' })
    await house.call('StopEventDataStoreIngestion', { EventDataStore: store })
    await house.record({ eventName: 'StoppedAgain' })
    expect(await names(store)).toEqual([['Started']])
    await house.call('StartEventDataStoreIngestion', { EventDataStore: store })
    expect(await names(store)).toEqual([['Started']])
    expect(await house.refusal('StartEventDataStoreIngestion', { EventDataStore: store })).toMatchObject({
      code: 'InvalidEventDataStoreStatusException',
    })
  })

  test('what its selectors take, each event by those of its time', async () => {
    const store = await house.makeStore()
    await house.record({ eventName: 'GetUser' })
    await house.call('UpdateEventDataStore', { EventDataStore: store, AdvancedEventSelectors: writes })
    await house.record({ eventName: 'ListUsers' })
    await house.record({ eventName: 'CreateUser', readOnly: false })
    expect((await names(store)).flat().toSorted()).toEqual(['CreateUser', 'GetUser'])
  })

  test('data events when they are selected', async () => {
    const fields = [category('Data'), { Field: 'resources.type', Equals: ['AWS::S3::Object'] }]
    const store = await house.makeStore({ AdvancedEventSelectors: [{ FieldSelectors: fields }] })
    await house.record({ eventName: 'GetUser' })
    const resources = [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::bucket/key' }]
    await house.record({ eventName: 'GetObject', category: 'Data', resources })
    expect(await names(store)).toEqual([['GetObject']])
  })

  test('events of its account and, on request, of its region alone', async () => {
    const [everywhere, here] = [await house.makeStore(), await house.makeStore({ MultiRegionEnabled: false })]
    await house.record({ eventName: 'Elsewhere', region: 'eu-west-1' })
    await house.record({ eventName: 'OfAnother', account: '210987654321' })
    await house.record({ eventName: 'Here' })
    expect((await names(everywhere)).flat().toSorted()).toEqual(['Elsewhere', 'Here'])
    expect(await names(here)).toEqual([['Here']])
  })

  test("events of the members when it is the organization's", async () => {
    Object.assign(house.world, {
      calls: { onBehalfOf: async (_p: unknown, _s: unknown, { operation }: { operation: string }) => organization[operation] },
    })
    const member = {
      parentId: 'r',
      name: 'n',
      email: 'e',
      joinedMethod: 'CREATED',
      joinedAt: 0,
      status: 'ACTIVE',
      organizationId: 'o-1',
    } as const
    await house.world.store.write(async tx => {
      const made = { id: 'o-1', managementAccount: account, rootId: 'r', featureSet: 'ALL', policyTypes: '[]', createdAt: 0 } as const
      await tx.insertInto('organizations').values(made).execute()
      for (const accountId of [account, '210987654321'])
        await tx
          .insertInto('organizationAccounts')
          .values({ accountId, ...member })
          .execute()
    })
    const store = await house.makeStore({ OrganizationEnabled: true })
    await house.record({ eventName: 'OfAMember', account: '210987654321' })
    await house.record({ eventName: 'OfAStranger', account: '333344445555' })
    expect(await names(store)).toEqual([['OfAMember']])
    const stranger = await house.addAccount('210987654321')
    expect(await house.refusal('AddTags', { ResourceId: store, TagsList: [{ Key: 'a', Value: 'b' }] }, { as: stranger })).toMatchObject({
      code: 'EventDataStoreNotFoundException',
    })
  })

  test('for as long as it retains them', async () => {
    const store = await house.makeStore({ RetentionPeriod: 7 })
    await house.record({ eventName: 'Old' })
    house.now += 4 * day
    await house.record({ eventName: 'Young' })
    expect(await names(store)).toEqual([['Old'], ['Young']])
    house.now += 4 * day
    expect(await names(store)).toEqual([['Young']])
  })
})

describe('what cannot be is refused', () => {
  test.each([
    { input: { Name: 'taken' }, code: 'EventDataStoreAlreadyExistsException' },
    { input: { RetentionPeriod: 3000, BillingMode: 'FIXED_RETENTION_PRICING' }, code: 'InvalidParameterException' },
    { input: { KmsKeyId: 'alias/audit' }, code: 'KmsKeyNotFoundException' },
    { input: { OrganizationEnabled: true }, code: 'OrganizationsNotInUseException' },
    {
      input: { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'readOnly', Equals: ['true'] }] }] },
      code: 'InvalidEventSelectorsException',
    },
    { input: { TagsList: [{ Key: 'aws:x', Value: 'y' }] }, code: 'InvalidTagParameterException' },
  ])('$code', async ({ input, code }) => {
    await house.call('CreateEventDataStore', { Name: 'taken' })
    // Organizations is asked before, through the pipeline, which is not here.
    Object.assign(house.world, {
      calls: { onBehalfOf: async (_p: unknown, _s: unknown, { operation }: { operation: string }) => organization[operation] },
    })
    expect(await house.refusal('CreateEventDataStore', { Name: 'audit', ...input })).toMatchObject({ code })
  })

  test('an eleventh in a region', async () => {
    for (let made = 0; made < 10; made++) await house.makeStore()
    expect(await house.refusal('CreateEventDataStore', { Name: 'eleventh' })).toMatchObject({
      code: 'EventDataStoreMaxLimitExceededException',
    })
  })

  test('going back from extendable retention', async () => {
    const store = await house.makeStore()
    const refused = await house.refusal('UpdateEventDataStore', { EventDataStore: store, BillingMode: 'FIXED_RETENTION_PRICING' })
    expect(refused).toMatchObject({ code: 'InvalidParameterException' })
  })

  test.each([
    { name: 'nothing', code: 'EventDataStoreARNInvalidException' },
    { name: 'arn:aws:cloudtrail:us-east-1:123456789012:trail/x', code: 'EventDataStoreARNInvalidException' },
    { name: '0a1b2c3d-1111-4222-8333-0123456789ab', code: 'EventDataStoreNotFoundException' },
  ])('the name $name', async ({ name, code }) => {
    expect(await house.refusal('GetEventDataStore', { EventDataStore: name })).toMatchObject({ code })
  })
})

describe('deletion', () => {
  test('is refused under termination protection', async () => {
    const store = await house.makeStore({ TerminationProtectionEnabled: true })
    expect(await house.refusal('DeleteEventDataStore', { EventDataStore: store })).toMatchObject({
      code: 'EventDataStoreTerminationProtectedException',
    })
    await house.call('UpdateEventDataStore', { EventDataStore: store, TerminationProtectionEnabled: false })
    expect(await house.call('DeleteEventDataStore', { EventDataStore: store })).toEqual({})
  })

  test('can be undone for a week', async () => {
    const store = await house.makeStore()
    await house.record({ eventName: 'Before' })
    await house.call('DeleteEventDataStore', { EventDataStore: store })
    expect(await house.call('GetEventDataStore', { EventDataStore: store })).toMatchObject({ Status: 'PENDING_DELETION' })
    const inactive = await house.refusal('StartQuery', { QueryStatement: `SELECT eventName FROM ${store.split('/')[1]}` })
    expect(inactive).toMatchObject({ code: 'InactiveEventDataStoreException' })
    house.now += 6 * day
    await house.record({ eventName: 'Meanwhile' })
    expect(await house.call('RestoreEventDataStore', { EventDataStore: store })).toMatchObject({ Status: 'ENABLED' })
    await house.record({ eventName: 'After' })
    expect(await names(store)).toEqual([['Before'], ['After']])
    await house.call('DeleteEventDataStore', { EventDataStore: store })
    house.now += 7 * day
    expect(await house.refusal('RestoreEventDataStore', { EventDataStore: store })).toMatchObject({
      code: 'EventDataStoreNotFoundException',
    })
    expect((await house.call('ListEventDataStores')).EventDataStores).toEqual([])
  })

  test('waits for channels and federation', async () => {
    const store = await house.makeStore({ AdvancedEventSelectors: [{ FieldSelectors: [category('ActivityAuditLog')] }] })
    const { ChannelArn } = await house.call('CreateChannel', {
      Name: 'github',
      Source: 'Custom',
      Destinations: [{ Type: 'EVENT_DATA_STORE', Location: store }],
    })
    expect(await house.refusal('DeleteEventDataStore', { EventDataStore: store })).toMatchObject({ code: 'ChannelExistsForEDSException' })
    await house.call('DeleteChannel', { Channel: ChannelArn })
    const FederationRoleArn = `arn:aws:iam::${account}:role/Federation`
    const enabled = await house.call('EnableFederation', { EventDataStore: store, FederationRoleArn })
    expect(enabled).toEqual({ EventDataStoreArn: store, FederationStatus: 'ENABLED', FederationRoleArn })
    expect(await house.refusal('EnableFederation', { EventDataStore: store, FederationRoleArn })).toMatchObject({
      code: 'EventDataStoreFederationEnabledException',
    })
    expect(await house.refusal('DeleteEventDataStore', { EventDataStore: store })).toMatchObject({
      code: 'EventDataStoreFederationEnabledException',
    })
    expect(await house.call('DisableFederation', { EventDataStore: store })).toEqual({
      EventDataStoreArn: store,
      FederationStatus: 'DISABLED',
    })
    expect(await house.call('DeleteEventDataStore', { EventDataStore: store })).toEqual({})
  })
})

test('event configuration is the standard one at first', async () => {
  const { EventDataStoreArn: EventDataStore } = await house.call('CreateEventDataStore', { Name: 'audit' })
  const standard = { EventDataStoreArn: EventDataStore, MaxEventSize: 'Standard', ContextKeySelectors: [] }
  expect(await house.call('GetEventConfiguration', { EventDataStore })).toEqual(standard)
  expect(await house.call('PutEventConfiguration', { EventDataStore, MaxEventSize: 'Standard' })).toEqual(standard)
  const refusal = async (input: object) => (await house.refusal('PutEventConfiguration', { EventDataStore, ...input })).code
  const ContextKeySelectors = [{ Type: 'TagContext', Equals: ['team'] }]
  expect(await refusal({ ContextKeySelectors })).toBe('InvalidParameterCombinationException')
  expect(await refusal({ AggregationConfigurations: [] })).toBe('InvalidParameterCombinationException')
  expect(await refusal({ TrailName: 'audit' })).toBe('InvalidParameterCombinationException')
  expect(await refusal({ EventDataStore: EventDataStore.replace(/.$/, 'g') })).toBe('EventDataStoreARNInvalidException')
})
