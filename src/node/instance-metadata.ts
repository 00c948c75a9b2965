import { networkInterfaces } from 'node:os'
import { type LocalAnswer, type LocalRequest, lost, serveLocally } from './local-server.ts'
import { longestSessionSeconds, metadataSessions } from './metadata-session.ts'
import { type InstanceFacts, listingOf, metadataOf } from './metadata-tree.ts'
import { CredentialsRefused, type NodeCredentials, refreshingCredentials, type RefreshingOptions } from './refreshing-credentials.ts'

/** An instance profile as the metadata names it. */
export interface InstanceProfileFacts {
  readonly arn: string
  readonly id: string
  readonly roleName: string
}

/** ModifyInstanceMetadataOptions' members. EC2 API Reference. */
export interface MetadataOptions {
  /** `required` answers version 2 alone. */
  readonly httpTokens: 'required' | 'optional'
  /** 1 to 64: a session token travels no further. */
  readonly hopLimit: number
  readonly httpEndpoint?: 'enabled' | 'disabled'
}

export interface InstanceState {
  readonly instance: InstanceFacts
  readonly options: MetadataOptions
  /** Undefined for an instance without a profile, or a profile without a role. */
  readonly profile: InstanceProfileFacts | undefined
}

export interface InstanceMetadataOptions extends Omit<RefreshingOptions, 'fetch'> {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The instance as it is now; asked for with each request, as options and profile may change meanwhile. Undefined when it is no more. */
  state(): Promise<InstanceState | undefined> | InstanceState | undefined
  /** Asks for the role's credentials. @param roleDelivery the version of the metadata service that delivers them */
  deliver(roleDelivery: '1.0' | '2.0', profile: InstanceProfileFacts): Promise<NodeCredentials>
  /** How many hops a caller is away: 1 on the instance itself, 2 in a container's network. */
  readonly hopsTo?: (remoteAddress: string) => number
}

export interface InstanceMetadata {
  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly endpoint: string
  close(): Promise<void>
}

/** Containers have networks of their own, and reach the host through one more hop; who comes by loopback or an address of the host's is on the host. */
function hopsByAddress(remoteAddress: string): number {
  const address = remoteAddress.replace(/^::ffff:/, '')
  if (/^127\.|^::1$/.test(address)) return 1
  const own = Object.values(networkInterfaces()).flatMap(entries => entries ?? [])
  return own.some(entry => entry.address === address) ? 1 : 2
}

const tokenHeader = 'x-aws-ec2-metadata-token'
const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds'
/** Served versions; all answer the same. */
const versions = ['1.0', '2021-07-15', 'latest']

/**
 * The instance metadata service of one instance.
 * @see EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"; "Retrieve security credentials from instance metadata"
 */
export async function startInstanceMetadata(settings: InstanceMetadataOptions): Promise<InstanceMetadata> {
  const { host, port, now, hopsTo = hopsByAddress } = settings
  const sessions = metadataSessions(now)
  const credentials = refreshingCredentials({
    ...settings,
    fetch: key => {
      const { version, profile } = JSON.parse(key) as { readonly version: '1.0' | '2.0'; readonly profile: InstanceProfileFacts }
      return settings.deliver(version, profile)
    },
  })

  function issueToken({ method, headers, remoteAddress }: LocalRequest, options: MetadataOptions): LocalAnswer | typeof lost {
    if (method !== 'PUT') return page(405, 'Method Not Allowed')
    // A reverse proxy that was tricked into forwarding gets no session.
    if (headers['x-forwarded-for'] !== undefined) return page(403, 'Forbidden')
    const ttl = String(headers[ttlHeader] ?? '')
    if (!/^\d{1,5}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > longestSessionSeconds) return page(400, 'Bad Request')
    // On EC2 the IP packets of this answer live no longer than the limit; further away it never arrives.
    if (hopsTo(remoteAddress) > options.hopLimit) return lost
    return { status: 200, headers: { 'content-type': 'text/plain', [ttlHeader]: ttl }, body: sessions.issue(Number(ttl)) }
  }

  async function read(path: string, version: '1.0' | '2.0', { instance, profile }: InstanceState): Promise<LocalAnswer> {
    const tree = metadataOf(instance)
    const name = path.replace(/\/+$/, '')
    if (profile && name === 'meta-data/iam/info') return text(infoOf(profile, now()), 'application/json')
    if (profile && name === 'meta-data/iam/security-credentials') return text(profile.roleName)
    if (profile && name === `meta-data/iam/security-credentials/${profile.roleName}`)
      return roleCredentials(() => credentials.get(JSON.stringify({ version, profile })), now())
    const found = tree.get(name)
    if (found !== undefined && !path.endsWith('/')) return text(found)
    const profilePaths = profile ? ['meta-data/iam/info', `meta-data/iam/security-credentials/${profile.roleName}`] : []
    const listing = listingOf([...tree.keys(), ...profilePaths], name)
    return listing === undefined ? page(404, 'Not Found') : text(listing)
  }

  const server = await serveLocally([host], port, async request => {
    const { method, path, headers } = request
    const state = await currentState(settings)
    // An instance that is no more answers nobody.
    if (state === undefined) return lost
    if (state === unknown) return page(503, 'Service Unavailable')
    const { options } = state
    if (options.httpEndpoint === 'disabled') return page(403, 'Forbidden')
    const [, version = '', rest = ''] = /^\/+([^/]*)\/?(.*)$/.exec(path) ?? []
    if (version !== '' && !versions.includes(version)) return page(404, 'Not Found')
    if (rest === 'api/token') return issueToken(request, options)
    if (method !== 'GET' && method !== 'HEAD') return page(405, 'Method Not Allowed')
    const token = headers[tokenHeader]
    if (token === undefined && options.httpTokens === 'required') return page(401, 'Unauthorized')
    if (token !== undefined && !sessions.isValid(String(token))) return page(401, 'Unauthorized')
    if (version === '') return text(versions.join('\n'))
    return read(rest, token === undefined ? '1.0' : '2.0', state)
  })
  return { endpoint: `${server.origins[0]}/`, close: server.close }
}

/** Nobody could be asked. */
const unknown = Symbol('unknown')

async function currentState({ state }: InstanceMetadataOptions): Promise<InstanceState | undefined | typeof unknown> {
  try {
    return await state()
  } catch {
    return unknown
  }
}

const instant = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

const infoOf = ({ arn, id }: InstanceProfileFacts, now: number) =>
  JSON.stringify({ Code: 'Success', LastUpdated: instant(now), InstanceProfileArn: arn, InstanceProfileId: id }, undefined, 2)

/** Failures are told inside the document, with a success of HTTP. EC2 User Guide, "Troubleshoot IAM roles"; SDKs read `Code`. */
async function roleCredentials(get: () => Promise<NodeCredentials>, now: number): Promise<LocalAnswer> {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await get()
    const document = {
      Code: 'Success',
      LastUpdated: instant(now),
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: instant(expiresAt),
    }
    return text(JSON.stringify(document, undefined, 2), 'application/json')
  } catch (problem) {
    if (!(problem instanceof CredentialsRefused)) return page(503, 'Service Unavailable')
    return text(
      JSON.stringify({ Code: problem.code, Message: problem.message, LastUpdated: instant(now) }, undefined, 2),
      'application/json',
    )
  }
}

const text = (body: string, type = 'text/plain'): LocalAnswer => ({
  status: 200,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body,
})

const page = (status: number, reason: string): LocalAnswer => ({
  status,
  headers: { 'content-type': 'text/html', 'cache-control': 'no-store' },
  body: `<html><head><title>${status} - ${reason}</title></head><body><h1>${status} - ${reason}</h1></body></html>\n`,
})
