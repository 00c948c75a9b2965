import type { RequestContext } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { InstanceMetadataOptionsResponse } from '../../wire/models/ec2.ts'
import type { Place } from './arns.ts'
import { ec2Error } from './errors.ts'

/** An instance's metadata options. EC2 API Reference, "InstanceMetadataOptionsRequest". */
export interface MetadataOptions {
  readonly HttpTokens: 'optional' | 'required'
  readonly HttpPutResponseHopLimit: number
  readonly HttpEndpoint: 'enabled' | 'disabled'
  readonly HttpProtocolIpv6: 'enabled' | 'disabled'
  readonly InstanceMetadataTags: 'enabled' | 'disabled'
}

/** Options as a request gives them, each or none. */
export interface GivenOptions {
  readonly HttpTokens?: string | undefined
  readonly HttpPutResponseHopLimit?: number | undefined
  readonly HttpEndpoint?: string | undefined
  readonly HttpProtocolIpv6?: string | undefined
  readonly InstanceMetadataTags?: string | undefined
}

/**
 * What instances have when neither launch nor account say. Images are not known here; all are taken for such as EKS's, which are made for version 2
 * (`ImdsSupport: v2.0`). EC2 User Guide, "Configure instance metadata options for new instances", order of precedence.
 */
const imageDefaults: MetadataOptions = {
  HttpTokens: 'required',
  HttpPutResponseHopLimit: 2,
  HttpEndpoint: 'enabled',
  HttpProtocolIpv6: 'disabled',
  InstanceMetadataTags: 'disabled',
}

/** Options of a new instance: the launch's, else the account's, else the image's. */
export async function optionsForLaunch(tx: Transaction, place: Place, given: GivenOptions | undefined): Promise<MetadataOptions> {
  const { HttpTokensEnforced: _, ...account } = await accountDefaults(tx, place)
  return { ...imageDefaults, ...account, ...defined(given) }
}

/** Only what was given. */
export const defined = (given: GivenOptions = {}): Partial<MetadataOptions> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

/** Condition keys of metadata options. Service Authorization Reference, "Condition keys for Amazon EC2". */
export const metadataKeys = ({ HttpEndpoint, HttpPutResponseHopLimit, HttpTokens }: MetadataOptions): RequestContext => ({
  'ec2:MetadataHttpEndpoint': HttpEndpoint,
  'ec2:MetadataHttpPutResponseHopLimit': HttpPutResponseHopLimit,
  'ec2:MetadataHttpTokens': HttpTokens,
})

/** @throws InvalidParameterValue */
export function checkHopLimit(limit: number | undefined): void {
  if (limit !== undefined && (limit < 1 || limit > 64))
    throw ec2Error(
      'InvalidParameterValue',
      `Value ( ${limit} ) for parameter HttpPutResponseHopLimit is invalid. Expecting a value between 1 and 64.`,
    )
}

/** @throws UnsupportedOperation when the account has version 2 enforced */
export async function checkEnforcement(tx: Transaction, place: Place, { HttpTokens }: MetadataOptions): Promise<void> {
  if (HttpTokens === 'optional' && (await accountDefaults(tx, place)).HttpTokensEnforced === 'enabled')
    throw ec2Error(
      'UnsupportedOperation',
      "You can't use IMDSv1 when HttpTokensEnforced is enabled for the account: set HttpTokens to required.",
    )
}

export const optionsResponse = (options: MetadataOptions, state: 'pending' | 'applied'): InstanceMetadataOptionsResponse => ({
  State: state,
  ...options,
})

interface AccountDefaults extends Partial<MetadataOptions> {
  readonly HttpTokensEnforced?: 'enabled' | 'disabled'
}

/** What the account has set for all its launches. */
export async function accountDefaults(tx: Transaction, { account, region }: Place): Promise<AccountDefaults> {
  const row = await tx
    .selectFrom('instanceMetadataDefaults')
    .select('options')
    .where('account', '=', account)
    .where('region', '=', region)
    .executeTakeFirst()
  return row ? (JSON.parse(row.options) as AccountDefaults) : {}
}
