import { TokenRefused } from './refusal.ts'

/** What a token of this cluster may look like. */
export interface TokenExpectations {
  /** Values of `x-k8s-aws-id` that mean this cluster: its name, and its id. */
  readonly clusterIds: readonly string[]
  /** Origins of our own STS endpoint, such as `https://gatehouse.example.com:8443`. AWS's STS hosts are always allowed. */
  readonly origins: readonly string[]
  /** Epoch milliseconds. */
  readonly now: number
}

/** The GetCallerIdentity call that a token is. Nothing is proved yet: the signature is still to be verified. */
export interface PresignedIdentity {
  readonly method: 'GET'
  readonly url: string
  readonly headers: { readonly host: string; readonly 'x-k8s-aws-id': string }
  /** How long after its time the signature holds. STS takes 15 minutes, whatever X-Amz-Expires says. */
  readonly lifetimeSeconds: 900
}

export const tokenPrefix = 'k8s-aws-v1.'

/** aws-iam-authenticator takes 4,096; ours takes twice that, as session tokens that hold a session policy are longer. */
export const longestToken = 8192

const lifetimeSeconds = 900
const skewMilliseconds = 5 * 60_000

/** Parameters of a presigned GetCallerIdentity; any other could be an instruction to STS. */
const allowedParameters = new Set([
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
])

/** Where the partitions' names end, for IPv4 and for both kinds of addresses. botocore, partitions.json. */
const stsDomains = `
  amazonaws.com amazonaws.com.cn amazonaws.eu c2s.ic.gov sc2s.sgov.gov cloud.adc-e.uk csp.hci.ic.gov
  api.aws api.amazonwebservices.com.cn api.amazonwebservices.eu api.aws.ic.gov api.aws.scloud api.cloud-aws.adc-e.uk api.aws.hci.ic.gov`
  .trim()
  .split(/\s+/)
  .map(domain => domain.replaceAll('.', '\\.'))

/** Regional, FIPS and global endpoints, of all partitions. AWS General Reference, "AWS STS endpoints and quotas". */
const stsHost = new RegExp(`^sts(?:-fips)?(?:\\.[a-z]{2,4}(?:-[a-z]+)+-\\d)?\\.(?:${stsDomains.join('|')})$`)
const urlForm = /^(https?):\/\/([A-Za-z0-9.:[\]-]+)\/?\?([\x21\x22\x24-\x7e]*)$/
const credentialForm = /^\w{1,128}\/(\d{8})\/[a-z0-9-]+\/sts\/aws4_request$/
const timeForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/**
 * Checks everything about a `k8s-aws-v1.` token but its signature.
 * @param token  a raw string from a TokenReview
 * @returns      the call to verify, once for each id of the cluster: the header that names the cluster is signed but not in the token,
 *               so that a token of another cluster shows itself by a signature that does not match
 * @throws       TokenRefused
 * @see          aws-iam-authenticator, "How does it work?" and "API Authorization from Outside a Cluster"
 */
export function readToken(token: string, { clusterIds, origins, now }: TokenExpectations): PresignedIdentity[] {
  const url = decodeToken(token)
  const [, scheme = '', authority = '', query = ''] = urlForm.exec(url) ?? refuse('the token is not the URL of a call')
  const host = authority.toLowerCase()
  if (!origins.includes(`${scheme}://${host}`)) {
    // Plain HTTP is for an endpoint of ours that was configured so; the token never travels there.
    if (scheme !== 'https') refuse('the URL is not of scheme https')
    if (!stsHost.test(host)) refuse(`the host ${host} is not an STS endpoint`)
  }
  const parameters = readParameters(query)
  checkParameters(parameters, now)
  checkSignedHeaders(parameters)
  return clusterIds.map(id => ({ method: 'GET', url, headers: { host: authority, 'x-k8s-aws-id': id }, lifetimeSeconds }))
}

/** The access key that a token claims, whether or not anything else about it holds: so that guessing leaves a trace. */
export function claimedAccessKeyId(token: string): string | undefined {
  if (token.length > longestToken || !token.startsWith(tokenPrefix)) return undefined
  const url = Buffer.from(token.slice(tokenPrefix.length), 'base64url').toString('latin1')
  return /[?&]X-Amz-Credential=([A-Z0-9]{16,128})(?:%2F|\/)/i.exec(url)?.[1]
}

function refuse(reason: string): never {
  throw new TokenRefused(reason)
}

function decodeToken(token: string): string {
  if (token.length > longestToken) refuse('the token is too long')
  if (!token.startsWith(tokenPrefix)) refuse(`the token does not begin with ${tokenPrefix}`)
  const encoded = token.slice(tokenPrefix.length)
  const bytes = Buffer.from(encoded, 'base64url')
  // Decoding is lenient: it skips what it does not know, padding included. One call has one token.
  if (bytes.toString('base64url') !== encoded) refuse('the token is not base64url without padding')
  return bytes.toString('latin1')
}

function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    const name = decode(equals === -1 ? part : part.slice(0, equals))
    if (!allowedParameters.has(name)) refuse(`the query parameter ${JSON.stringify(name.slice(0, 100))} is not allowed`)
    if (parameters.has(name)) refuse(`the query parameter ${name} is given twice`)
    parameters.set(name, equals === -1 ? '' : decode(part.slice(equals + 1)))
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('the query is not percent-encoded UTF-8')
  }
}

function checkParameters(parameters: ReadonlyMap<string, string>, now: number): void {
  if (parameters.get('Action') !== 'GetCallerIdentity') refuse('the action is not GetCallerIdentity')
  if (parameters.get('Version') !== '2011-06-15') refuse('the version is not 2011-06-15')
  if (parameters.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') refuse('the algorithm is not AWS4-HMAC-SHA256')
  if (!/^[0-9a-f]{64}$/.test(parameters.get('X-Amz-Signature') ?? '')) refuse('the signature is missing or malformed')
  const [, date] = credentialForm.exec(parameters.get('X-Amz-Credential') ?? '') ?? refuse('the credential is missing or not for STS')
  const expires = parameters.get('X-Amz-Expires') ?? ''
  if (!/^\d{1,3}$/.test(expires) || Number(expires) > lifetimeSeconds) refuse(`X-Amz-Expires is not between 0 and ${lifetimeSeconds}`)
  const time = parameters.get('X-Amz-Date') ?? ''
  if (!time.startsWith(`${date}T`)) refuse("X-Amz-Date is missing or not of the credential's day")
  const signedAt = parseTime(time)
  if (signedAt + lifetimeSeconds * 1000 <= now) refuse('the token has expired')
  if (signedAt - skewMilliseconds > now) refuse('the token is not valid yet')
}

function parseTime(text: string): number {
  const [, year, month, day, hour, minute, second] = (timeForm.exec(text) ?? refuse('X-Amz-Date is malformed')).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const time = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC takes the 31st of February for the 3rd of March.
  if (new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '') !== text) refuse('X-Amz-Date is no time that there is')
  return time
}

function checkSignedHeaders(parameters: ReadonlyMap<string, string>): void {
  const signed = (parameters.get('X-Amz-SignedHeaders') ?? '').split(';')
  if (!signed.includes('x-k8s-aws-id')) refuse('the header x-k8s-aws-id is not signed')
  if (!signed.includes('host')) refuse('the header host is not signed')
  if (signed.length > 2) refuse('a header other than host and x-k8s-aws-id is signed')
}
