import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type InstanceMetadata, type InstanceState, type MetadataOptions, startInstanceMetadata } from '../node/instance-metadata.ts'
import { CredentialsRefused, type NodeCredentials } from '../node/refreshing-credentials.ts'
import { CallError, callRestJson, type Client } from './client.ts'

/** Loopback alone, and a free port. */
const place = { host: '127.0.0.1', port: 0 }

interface Delivered {
  readonly accountId: string
  readonly instanceProfileArn: string
  readonly instanceProfileId: string
  readonly roleName: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    /** Epoch seconds. */
    readonly expiration: number
  }
}

/** The metadata service of an instance of a profile, which is not in EC2 and which this process stands for. @throws CallError when the profile is not there, or not the caller's to use */
export async function metadataOfInstance(client: Client, profileName: string, options: MetadataOptions): Promise<InstanceMetadata> {
  const instanceId = `i-${randomBytes(9).toString('hex').slice(0, 17)}`
  const deliver = async (roleDelivery: '1.0' | '2.0'): Promise<Delivered> => {
    const path = `/instance-profiles/${encodeURIComponent(profileName)}/role-credentials`
    return (await callRestJson(client, 'gatehouse-nodes', 'POST', path, { input: { instanceId, roleDelivery } })) as unknown as Delivered
  }
  const first = await deliver(options.httpTokens === 'required' ? '2.0' : '1.0')
  const state: InstanceState = {
    options,
    profile: { arn: first.instanceProfileArn, id: first.instanceProfileId, roleName: first.roleName },
    instance: {
      instanceId,
      accountId: first.accountId,
      region: client.region,
      availabilityZone: `${client.region}a`,
      instanceType: 't3.micro',
      imageId: 'ami-00000000000000000',
      privateIp: '127.0.0.1',
      hostname: hostname(),
      macAddress: '02:00:00:00:00:01',
      launchedAt: Date.now(),
    },
  }
  return startInstanceMetadata({ ...place, now: Date.now, state: () => state, deliver: version => refusable(() => deliver(version)) })
}

/** What an instance's metadata is made of, as Gatehouse tells it. */
interface Described {
  readonly instanceId: string
  readonly accountId: string
  readonly region: string
  readonly availabilityZone: string
  readonly instanceType: string
  readonly imageId: string
  readonly privateIp: string
  readonly privateDnsName: string
  readonly reservationId: string
  readonly subnetId: string
  readonly zoneId: string
  readonly vpcId: string
  readonly vpcCidr: string
  readonly subnetCidr: string
  readonly securityGroupId: string
  readonly launchIndex: number
  /** Epoch seconds. */
  readonly launchedAt: number
  readonly options: MetadataOptions
  readonly tags?: { readonly [key: string]: string }
  readonly userData?: string
  readonly profile?: { readonly name: string; readonly arn: string; readonly id: string; readonly roleName?: string }
}

/** How long what was asked about an instance is taken for true: EC2 too takes a moment to apply new options. */
const stateMilliseconds = 1_000

/**
 * The metadata service of an instance of EC2, which follows its options, profile and tags while it runs.
 * @param at  where to listen
 * @throws    CallError when there is no such instance, or not for the caller to ask about
 */
export async function metadataOfEc2Instance(client: Client, instanceId: string, at: Partial<typeof place> = {}): Promise<InstanceMetadata> {
  const describe = async () =>
    (await callRestJson(client, 'gatehouse-nodes', 'GET', `/instances/${encodeURIComponent(instanceId)}/metadata`)) as unknown as Described
  let known: { readonly at: number; readonly state: Promise<Described | undefined> } = {
    at: Date.now(),
    state: Promise.resolve(await describe()),
  }
  const current = (): Promise<Described | undefined> => {
    if (Date.now() - known.at >= stateMilliseconds) known = { at: Date.now(), state: describe().catch(goneOrUnknown) }
    return known.state
  }
  return startInstanceMetadata({
    ...place,
    ...at,
    now: Date.now,
    state: async () => stateOf(await current()),
    deliver: async roleDelivery => {
      const profile = (await current())?.profile
      if (!profile) throw new CredentialsRefused(404, 'NoSuchInstance', `Instance ${instanceId} has no instance profile.`)
      return refusable(async () => {
        const path = `/instance-profiles/${encodeURIComponent(profile.name)}/role-credentials`
        return (await callRestJson(client, 'gatehouse-nodes', 'POST', path, {
          input: { instanceId, roleDelivery },
        })) as unknown as Delivered
      })
    },
  })
}

function goneOrUnknown(problem: unknown): undefined {
  if (problem instanceof CallError && problem.code === 'NoSuchInstance') return undefined
  throw problem
}

function stateOf(described: Described | undefined): InstanceState | undefined {
  if (!described) return undefined
  const { options, profile, userData, privateDnsName, launchedAt, ...facts } = described
  return {
    options,
    profile: profile?.roleName === undefined ? undefined : { arn: profile.arn, id: profile.id, roleName: profile.roleName },
    instance: {
      ...facts,
      hostname: privateDnsName,
      macAddress: macOf(described.privateIp),
      launchedAt: launchedAt * 1000,
      ...(userData !== undefined && { userData: Buffer.from(userData, 'base64').toString() }),
    },
  }
}

/** A locally administered address that the instance's private one makes its own. */
const macOf = (privateIp: string) => ['02', '00', ...privateIp.split('.').map(part => Number(part).toString(16).padStart(2, '0'))].join(':')

async function refusable(deliver: () => Promise<Delivered>): Promise<NodeCredentials> {
  try {
    return credentialsOf(await deliver())
  } catch (problem) {
    throw problem instanceof CallError ? new CredentialsRefused(problem.status, problem.code, problem.message, problem.requestId) : problem
  }
}

const credentialsOf = ({ accountId, credentials }: Delivered): NodeCredentials => ({
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: credentials.secretAccessKey,
  sessionToken: credentials.sessionToken,
  accountId,
  expiresAt: credentials.expiration * 1000,
})
