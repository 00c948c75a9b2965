import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type InstanceMetadata, type MetadataOptions, startInstanceMetadata } from '../node/instance-metadata.ts'
import { CredentialsRefused, type NodeCredentials } from '../node/refreshing-credentials.ts'
import { CallError, callRestJson, type Client } from './client.ts'

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

/** The metadata service of an instance that this process stands for. @throws CallError when the profile is not there, or not the caller's to use */
export async function metadataOfInstance(client: Client, profileName: string, options: MetadataOptions): Promise<InstanceMetadata> {
  const instanceId = `i-${randomBytes(9).toString('hex').slice(0, 17)}`
  const deliver = async (roleDelivery: '1.0' | '2.0'): Promise<Delivered> => {
    const path = `/instance-profiles/${encodeURIComponent(profileName)}/role-credentials`
    return (await callRestJson(client, 'gatehouse-nodes', 'POST', path, { input: { instanceId, roleDelivery } })) as unknown as Delivered
  }
  const first = await deliver(options.httpTokens === 'required' ? '2.0' : '1.0')
  return startInstanceMetadata({
    host: '127.0.0.1',
    port: 0,
    options,
    now: Date.now,
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
    deliver: async version => {
      try {
        return credentialsOf(await deliver(version))
      } catch (problem) {
        throw problem instanceof CallError
          ? new CredentialsRefused(problem.status, problem.code, problem.message, problem.requestId)
          : problem
      }
    },
  })
}

const credentialsOf = ({ accountId, credentials }: Delivered): NodeCredentials => ({
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: credentials.secretAccessKey,
  sessionToken: credentials.sessionToken,
  accountId,
  expiresAt: credentials.expiration * 1000,
})
