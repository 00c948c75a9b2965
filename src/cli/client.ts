import { XMLParser } from 'fast-xml-parser'
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { type ClientSettings, readClientSettings } from '../server/client-settings.ts'
import { momentHeader } from '../types/moment.ts'
import { version } from '../types/version.ts'
import { presignedClusterToken } from '../wire/sigv4/cluster-token.ts'
import { sha256Hex } from '../wire/sigv4/payload-hash.ts'
import { type SigningCredentials, signHeaders } from '../wire/sigv4/sign.ts'
import { dataFolder } from './data-folder.ts'
import { readNamedFile } from './named-file.ts'

/** How commands call a running Gatehouse: as whoever the environment says, else as the data folder's administrator. */
export interface Client {
  readonly endpoint: string
  readonly region: string
  readonly credentials: SigningCredentials
  readonly certificateAuthorityPem: string | undefined
  /** Where the authority's certificate is, for processes that we start. */
  readonly certificateAuthorityFile: string | undefined
  /** Epoch milliseconds: asks how it was then, with the rights of now. */
  readonly at?: number
}

/** An answer that is not a success; the message is the server's. */
export class CallError extends Error {
  readonly status: number
  /** The code of an AWS error; empty when the answer has none. */
  readonly code: string
  readonly requestId: string
  constructor(
    status: number,
    message: string,
    { code = '', requestId = '' }: { readonly code?: string; readonly requestId?: string } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

/** @param data  the data folder, when the environment names no endpoint */
export function openClient(data: string | undefined): Client {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION, AWS_CA_BUNDLE } =
    process.env
  const settings: ClientSettings | undefined =
    data === undefined && AWS_ENDPOINT_URL && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY ? undefined : readClientSettings(dataFolder(data))
  const credentials = settings ?? {
    accessKeyId: AWS_ACCESS_KEY_ID as string,
    secretAccessKey: AWS_SECRET_ACCESS_KEY as string,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  }
  const certificateAuthorityFile = settings?.certificateAuthorityFile ?? AWS_CA_BUNDLE
  return {
    endpoint: settings?.endpoint ?? (AWS_ENDPOINT_URL as string),
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? settings?.region ?? 'us-east-1',
    credentials,
    certificateAuthorityFile,
    certificateAuthorityPem: certificateAuthorityFile === undefined ? undefined : readNamedFile(certificateAuthorityFile),
  }
}

/** Calls a REST-JSON operation of AWS. @throws CallError */
export async function callRestJson(
  client: Client,
  service: string,
  method: string,
  path: string,
  { query = '', input }: { readonly query?: string; readonly input?: object } = {},
): Promise<{ readonly [name: string]: unknown }> {
  const { host } = new URL(client.endpoint)
  const body = input === undefined ? '' : JSON.stringify(input)
  const headers = signHeaders(
    { method, path, query, headers: { host, ...asked(client), ...(input && { 'content-type': 'application/json' }) }, body },
    client.credentials,
    { region: client.region, service },
    Date.now(),
  )
  return sendSigned(client, `${path}${query && `?${query}`}`, { method, headers, ...(input && { body }) })
}

/** The header that asks for a moment of the past. */
export const asked = ({ at }: Client): { readonly [name: string]: string } =>
  at === undefined ? {} : { [momentHeader]: new Date(at).toISOString() }

/** Sends a signed request of a JSON protocol. */
async function sendSigned(client: Client, target: string, sending: Omit<Sending, 'certificateAuthorityPem'>) {
  const { certificateAuthorityPem } = client
  return jsonOf(client, await exchange(`${client.endpoint}${target}`, { ...sending, certificateAuthorityPem }))
}

/** Refuses an answer that tells of the present where the past was asked for: AWS, or an API server that does not keep it. */
function requireMoment({ at }: Pick<Client, 'at'>, { status, headers }: Answer): void {
  if (at !== undefined && status < 300 && headers[momentHeader] !== new Date(at).toISOString())
    throw new CallError(501, 'the server tells of the present alone', { code: presentAlone })
}

/** The code of a CallError when a server cannot tell how it was. */
export const presentAlone = 'PresentAlone'

/** Reads something of S3 by path. @returns the answer's text @throws CallError */
export async function callS3(client: Client, path: string, query = ''): Promise<string> {
  const { host } = new URL(client.endpoint)
  const headers = signHeaders(
    { method: 'GET', path, query, headers: { host, 'x-amz-content-sha256': sha256Hex(''), ...asked(client) }, body: '' },
    client.credentials,
    { region: client.region, service: 's3' },
    Date.now(),
  )
  const { certificateAuthorityPem } = client
  const answer = await exchange(`${client.endpoint}${path}${query && `?${query}`}`, { method: 'GET', headers, certificateAuthorityPem })
  requireMoment(client, answer)
  if (answer.status < 300) return answer.text
  const { Error: error = {} } = xml.parse(answer.text) as { readonly Error?: { readonly Code?: string; readonly Message?: string } }
  throw new CallError(answer.status, `${error.Code}: ${error.Message}`, { code: error.Code ?? '' })
}

/** Calls an operation of a JSON service, such as CloudTrail, by its target. @throws CallError */
export async function callJson(
  client: Client,
  service: { readonly name: string; readonly target: string },
  input: object,
): Promise<{ readonly [name: string]: unknown }> {
  const { host } = new URL(client.endpoint)
  const body = JSON.stringify(input)
  const headers = signHeaders(
    {
      method: 'POST',
      path: '/',
      query: '',
      headers: { host, ...asked(client), 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': service.target },
      body,
    },
    client.credentials,
    { region: client.region, service: service.name },
    Date.now(),
  )
  return sendSigned(client, '/', { method: 'POST', headers, body })
}

/**
 * Calls an operation of a Query service, such as IAM.
 * @returns the members of its result: texts, objects, and lists under `member`
 * @throws  CallError with the server's code and message
 */
export async function callQuery(
  client: Client,
  service: QueryService,
  action: string,
  parameters: { readonly [name: string]: string } = {},
): Promise<XmlElement> {
  const { host } = new URL(client.endpoint)
  const body = queryBody(service, action, parameters)
  const signed = signHeaders(
    { method: 'POST', path: '/', query: '', headers: { host, ...asked(client), ...formHeaders }, body },
    client.credentials,
    { region: client.region, service: service.name },
    Date.now(),
  )
  return queryResult(client, action, body, signed)
}

/** Calls an operation of EC2, whose answers have no element for the result alone, and whose lists are of items. @throws CallError */
export const callEc2 = (client: Client, action: string, parameters: { readonly [name: string]: string } = {}): Promise<XmlElement> =>
  callQuery(client, { name: 'ec2', version: '2016-11-15' }, action, parameters)

/** As `callQuery`, for operations that need no credentials, such as AssumeRoleWithWebIdentity. */
export const callUnsigned = (client: Client, service: QueryService, action: string, parameters: { readonly [name: string]: string }) =>
  queryResult(client, action, queryBody(service, action, parameters), formHeaders)

interface QueryService {
  readonly name: string
  readonly version: string
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

const queryBody = ({ version }: QueryService, action: string, parameters: { readonly [name: string]: string }) =>
  new URLSearchParams({ Action: action, Version: version, ...parameters }).toString()

async function queryResult(
  client: Client,
  action: string,
  body: string,
  headers: { readonly [name: string]: string },
): Promise<XmlElement> {
  const { certificateAuthorityPem } = client
  const reply = await exchange(`${client.endpoint}/`, { method: 'POST', headers, body, certificateAuthorityPem })
  requireMoment(client, reply)
  const { status, text } = reply
  const answer = xml.parse(text) as { readonly [name: string]: XmlElement }
  const response = answer[`${action}Response`]
  if (status >= 200 && status < 300) return (response?.[`${action}Result`] ?? response) as XmlElement
  const errors = answer['Response']?.['Errors'] as XmlElement | undefined
  const error = (answer['ErrorResponse']?.['Error'] ?? errors?.['Error'] ?? {}) as XmlElement
  const code = typeof error['Code'] === 'string' ? error['Code'] : undefined
  throw code === undefined
    ? new CallError(status, text.slice(0, 500))
    : new CallError(status, `${code}: ${String(error['Message'])}`, { code })
}

/** Reads a JSON document from any address, trusting what the client trusts. @throws CallError */
export const fetchJson = ({ certificateAuthorityPem }: Client, url: string) =>
  send(url, { method: 'GET', headers: { accept: 'application/json' }, certificateAuthorityPem })

/** An element of an XML answer by the names of its children; a leaf is its text, an empty one ''. */
export interface XmlElement {
  readonly [name: string]: XmlElement | readonly XmlElement[] | string | undefined
}

const xml = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  isArray: name => name === 'member' || name === 'item',
})

/** A cluster token of the client's own identity. */
export const clusterToken = (client: Client, clusterName: string): string => presignedClusterToken(client, clusterName, Date.now())

interface Sending {
  readonly method: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: string
  readonly certificateAuthorityPem: string | undefined
}

/** Sends a request and reads a JSON answer. @throws CallError with the server's message for any status but success */
export async function send(url: string, { at, ...sending }: Sending & Pick<Client, 'at'>): Promise<{ readonly [name: string]: unknown }> {
  return jsonOf(at === undefined ? {} : { at }, await exchange(url, sending))
}

function jsonOf(client: Pick<Client, 'at'>, reply: Answer): { readonly [name: string]: unknown } {
  requireMoment(client, reply)
  const { status, text, headers } = reply
  const answer = parsed(text)
  if (status >= 200 && status < 300 && answer) return answer
  // REST protocols tell the error's code in a header, the JSON protocol in the body.
  const [code = ''] = String(headers['x-amzn-errortype'] ?? answer?.['__type'] ?? '')
    .replace(/^.*#/, '')
    .split(':')
  // Organizations writes it with a capital.
  const told = answer?.['message'] ?? answer?.['Message']
  const message = typeof told === 'string' ? told : text.slice(0, 500) || `status ${status}`
  throw new CallError(status, message, { code, requestId: String(headers['x-amzn-requestid'] ?? '') })
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

function exchange(url: string, { method, headers, body, certificateAuthorityPem }: Sending): Promise<Answer> {
  const open = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = open(
      url,
      {
        method,
        // Records tell by it that a command of ours called.
        headers: { 'user-agent': `gatehouse/${version}`, ...headers },
        // Not what the host header says, which may be another's: see the tokens of databases.
        ...(url.startsWith('https:') && { servername: isIP(new URL(url).hostname) ? '' : new URL(url).hostname }),
        ...(certificateAuthorityPem !== undefined && { ca: certificateAuthorityPem }),
        timeout: 30_000,
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), headers: response.headers }),
        )
      },
    )
    request.on('timeout', () => request.destroy(new Error(`${new URL(url).host} did not answer in time`)))
    request.on('error', problem => reject(unreached(url, problem)))
    request.end(body)
  })
}

/** What stands in the way of reaching a server, in words that say what to do. */
function unreached(url: string, problem: NodeJS.ErrnoException): Error {
  const { origin } = new URL(url)
  if (problem.code === 'ECONNREFUSED')
    return new Error(`nothing answers at ${origin} (${problem.code}): is Gatehouse running? "gatehouse start" starts it`, {
      cause: problem,
    })
  if (problem.code === 'ENOTFOUND' || problem.code === 'EAI_AGAIN')
    return new Error(`the name of ${origin} is not known here (${problem.code})`, { cause: problem })
  if (problem.code !== undefined && certificateProblems.has(problem.code))
    return new Error(
      `the certificate of ${origin} is not to be trusted (${problem.message}): AWS_CA_BUNDLE, or the data folder, is of another Gatehouse`,
      { cause: problem },
    )
  return problem
}

/** Node.js API, "tls", X509 certificate error codes, as far as a wrong authority causes them. */
const certificateProblems = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
])

function parsed(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}
