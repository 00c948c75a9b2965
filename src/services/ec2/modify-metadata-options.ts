import type { RequestContext } from '../../policy/index.ts'
import { ec2Error, missingParameter } from './errors.ts'
import { instanceAccess } from './instance-access.ts'
import { isTerminated, requireInstance } from './instance-store.ts'
import {
  accountDefaults,
  checkEnforcement,
  checkHopLimit,
  defined,
  type GivenOptions,
  type MetadataOptions,
  optionsResponse,
} from './metadata-options.ts'
import { ec2Operation } from './service.ts'

/** ModifyInstanceMetadataOptions: what is not given stays. EC2 API Reference. */
export const ModifyInstanceMetadataOptions = ec2Operation('ModifyInstanceMetadataOptions', {
  access: async (input, context) => {
    const statement = await instanceAccess(context, input.InstanceId)
    return { ...statement, keys: { ...statement.keys, ...attributeKeys(input) } }
  },

  async handle(input, { tx, now, account, region }) {
    const { InstanceId } = input
    const given = givenOptions(input)
    const place = { account, region }
    const instance = await requireInstance(tx, place, InstanceId, now)
    if (isTerminated(instance))
      throw ec2Error(
        'IncorrectInstanceState',
        `The instance '${InstanceId}' is not in a state from which its metadata options can be modified.`,
      )
    if (Object.keys(given).length === 0) throw missingParameter('HttpTokens')
    checkHopLimit(given.HttpPutResponseHopLimit)
    const options = { ...(JSON.parse(instance.metadataOptions) as MetadataOptions), ...given }
    await checkEnforcement(tx, place, options)
    await tx
      .updateTable('instances')
      .set({ metadataOptions: JSON.stringify(options) })
      .where('id', '=', instance.id)
      .execute()
    return { InstanceId, InstanceMetadataOptions: optionsResponse(options, 'pending') }
  },
})

/** The options of a request that are given. */
const givenOptions = ({ HttpEndpoint, HttpPutResponseHopLimit, HttpTokens, HttpProtocolIpv6, InstanceMetadataTags }: GivenOptions) =>
  defined({ HttpEndpoint, HttpPutResponseHopLimit, HttpTokens, HttpProtocolIpv6, InstanceMetadataTags } as GivenOptions)

/** `ec2:Attribute/HttpTokens` and its kin: what a call would set. Service Authorization Reference, ModifyInstanceMetadataOptions. */
function attributeKeys(input: GivenOptions): RequestContext {
  const given = Object.entries(givenOptions(input))
  return {
    ...Object.fromEntries(given.map(([name, value]) => [`ec2:Attribute/${name}`, String(value)])),
    ...(given.length > 0 ? { 'ec2:Attribute': given.map(([name]) => name) } : {}),
  }
}

/** GetInstanceMetadataDefaults. EC2 API Reference. */
export const GetInstanceMetadataDefaults = ec2Operation('GetInstanceMetadataDefaults', {
  access: (_input, { region }) => ({ resource: '*', keys: { 'ec2:Region': region } }),
  async handle(_input, { tx, account, region }) {
    return { AccountLevel: { ...(await accountDefaults(tx, { account, region })), ManagedBy: 'account' } }
  },
})

/** ModifyInstanceMetadataDefaults: `no-preference` and a hop limit of -1 take a default away. EC2 API Reference. */
export const ModifyInstanceMetadataDefaults = ec2Operation('ModifyInstanceMetadataDefaults', {
  access: (_input, { region }) => ({ resource: '*', keys: { 'ec2:Region': region } }),
  async handle(input, { tx, account, region }) {
    const given = { ...givenOptions(input), ...(input.HttpTokensEnforced && { HttpTokensEnforced: input.HttpTokensEnforced }) }
    const { HttpPutResponseHopLimit: limit } = given
    if (limit !== -1) checkHopLimit(limit)
    const merged = Object.entries({ ...(await accountDefaults(tx, { account, region })), ...given })
    const options = JSON.stringify(Object.fromEntries(merged.filter(([, value]) => value !== 'no-preference' && value !== -1)))
    await tx
      .insertInto('instanceMetadataDefaults')
      .values({ account, region, options })
      .onConflict(conflict => conflict.columns(['account', 'region']).doUpdateSet({ options }))
      .execute()
    return { Return: true }
  },
})
