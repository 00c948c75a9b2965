import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { parseStatement, QueryProblem } from '../../src/audit/lake/statement.ts'
import type { StoredEvents } from '../../src/audit/lake/stored-events.ts'
import { SamlError, verifySaml } from '../../src/identity/saml.ts'
import { verifyWebIdentity, WebIdentityError } from '../../src/identity/web-identity.ts'
import { reviewAccess } from '../../src/kubernetes/access-review/access-review.ts'
import { reviewPod } from '../../src/kubernetes/pod-identity-webhook/admission-review.ts'
import { eksDefaults } from '../../src/kubernetes/pod-identity-webhook/configuration.ts'
import { reviewToken } from '../../src/kubernetes/token-review/token-review.ts'
import { compilePolicy, decide, MalformedPolicyDocument, parsePolicy, printPolicy } from '../../src/policy/index.ts'
import { parseSeed, SeedError } from '../../src/server/seeds/seed.ts'
import { checkNames } from '../../src/services/cloudformation/template/dependencies.ts'
import { parseTemplate } from '../../src/services/cloudformation/template/template.ts'
import { services } from '../../src/services/index.ts'
import { parseArn } from '../../src/types/arn.ts'
import { ServiceError } from '../../src/wire/errors.ts'
import type { ServiceModel } from '../../src/wire/model.ts'
import { protocolOf } from '../../src/wire/protocols/index.ts'
import { ChunkError, readChunks, streamingKinds } from '../../src/wire/sigv4/chunked-payload.ts'
import { readSignature } from '../../src/wire/sigv4/claim.ts'
import { presignQuery, signHeaders } from '../../src/wire/sigv4/sign.ts'
import { SignatureError } from '../../src/wire/sigv4/signature-error.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'
import { validationProblem } from '../../src/wire/validation.ts'
import { account } from '../services/call.ts'
import { type Draft, wireRequest } from '../server/house.ts'
import { base64, metadata, providerArn, response } from '../services/sts/identity-provider.ts'
import { sql } from 'kysely'
import type { FuzzTarget } from './fuzz.ts'
import { modelRequest } from './model-requests.ts'
import { alteredText, alteredValue, anyText, type Value } from './mutations.ts'
import type { SeededRandom } from './random.ts'
import * as whole from './whole-inputs.ts'

const now = Date.UTC(2026, 0, 15, 12)
const requestId = '01234567-89ab-cdef-0123-456789abcdef'

/** Keeps the types of a target's own cases to itself. */
const target = <Case>(of: FuzzTarget<Case>): FuzzTarget => of as FuzzTarget<unknown>

/** Runs a reader; errors of these kinds are refusals. */
function refusedOr(read: () => unknown, ...kinds: readonly (abstract new (...given: never[]) => Error)[]): void {
  try {
    read()
  } catch (problem) {
    if (!kinds.some(kind => problem instanceof kind)) throw problem
  }
}

async function refusedOrAsync(
  read: () => Promise<unknown>,
  ...kinds: readonly (abstract new (
    ...given: never[]
  ) => Error)[]
): Promise<void> {
  try {
    await read()
  } catch (problem) {
    if (!kinds.some(kind => problem instanceof kind)) throw problem
  }
}

/** Reads a request as its service does, checks its input, and writes the refusal. */
function decodes(model: ServiceModel, draft: Draft): void {
  const protocol = protocolOf(model.protocol)
  const request = wireRequest(draft, now)
  try {
    const name = protocol.operationName(request, model)
    const operation = name !== undefined && Object.hasOwn(model.operations, name) ? model.operations[name] : undefined
    if (!operation) return
    const input = protocol.decode(request, model, operation)
    if (Object.getPrototypeOf(input) !== null && Object.keys(input).length > 0) throw new Error('an input with a prototype')
    const problem = validationProblem(model, operation.input, input)
    if (problem !== undefined) throw new ServiceError('ValidationError', 400, problem)
  } catch (problem) {
    if (!(problem instanceof ServiceError) || problem.status >= 500) throw problem
    protocol.encodeError(problem, model, requestId)
  }
  if (({} as { polluted?: unknown }).polluted !== undefined || Object.keys(Object.prototype).length > 0)
    throw new Error('a polluted prototype')
}

const decoders = services.map(({ service: { name, model } }) =>
  target<Draft>({
    name: `${name}'s requests (${model.protocol})`,
    weight: model.protocol === 'rest-xml' ? 8 : 5,
    make: random => modelRequest(model, random),
    read: draft => decodes(model, draft),
  }),
)

const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }

/** A signed request with a few places of it altered. */
function alteredSigned(random: SeededRandom): Draft {
  const plain: Draft = {
    method: random.pick(['GET', 'POST', 'PUT']),
    path: random.pick(['/', '/clusters/a', '/bucket/key%20a', '//a/../b']),
    query: random.pick(['', 'a=b&a=a', 'Action=ListUsers', 'x=%20+&y']),
    headers: { 'x-amz-meta-a': '  a   b ' },
    body: 'Action=ListUsers',
  }
  const scope = { region: 'us-east-1', service: random.pick(['iam', 's3', 'eks', 'ec2']) }
  if (random.chance(0.3)) return { ...plain, query: alteredText(presignQuery(wireRequest(plain, now), key, scope, now, 900), random) }
  const headers = signHeaders(wireRequest(plain, now), key, scope, now)
  const name = random.pick(['authorization', 'x-amz-date', 'host', 'x-amz-content-sha256', 'x-amz-security-token', 'date'])
  return { ...plain, headers: { ...headers, [name]: alteredText(headers[name] ?? '', random).replace(/[^\x20-\xff]/g, '?') } }
}

const policyKinds = ['identity', 'trust', 'resource', 'scp'] as const

const jwtKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const claims = { iss: 'https://issuer.example', sub: 'alice', aud: 'client', iat: now / 1000, exp: now / 1000 + 600 }
const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(jwtKeys.privateKey)
const issuerKeys = { keys: [{ ...jwtKeys.publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256' }] }
const registered = { arn: 'arn', url: 'issuer.example', clientIds: ['client'], thumbprints: [] }

/** A token whose parts were altered as text or as JSON. */
function alteredToken(random: SeededRandom): string {
  if (random.chance(0.4)) return alteredText(jwt, random)
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const changed = (part: string) => {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString()) as Value
    return Buffer.from(JSON.stringify(alteredValue(value, random))).toString('base64url')
  }
  return random.chance(0.5) ? [changed(header), payload, signature].join('.') : [header, changed(payload), signature].join('.')
}

const saml = response(now)
const samlProvider = {
  arn: providerArn,
  account,
  name: 'Example',
  metadata,
  validUntil: now + 1e12,
  decryptionKeys: [],
  encryptionRequired: false,
}
const samlExpected = JSON.stringify(verifySaml(base64(saml), samlProvider, 'https://localhost/saml', now))

const silent = { info: () => {}, warn: () => {}, error: () => {} }
/** A webhook's log, whose errors are failures of ours. */
const failing = {
  ...silent,
  error: (facts: object) => {
    throw (facts as { problem?: unknown }).problem ?? new Error('a review failed')
  },
}
const noMappings = { access: async () => undefined, accessEntry: async () => undefined, awsAuth: async () => undefined }

const events: StoredEvents = {
  query: sql`SELECT "at", "json" FROM "records"`,
  accounts: [account],
  storeArn: 'arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/a',
  from: 0,
}

const jsonOf = (value: Value, random: SeededRandom) => {
  const text = JSON.stringify(value)
  return random.chance(0.15) ? alteredText(text, random) : text
}

/** Everything that reads what strangers send, without what surrounds it. */
export const targets: readonly FuzzTarget[] = [
  ...decoders,
  target<Draft>({
    name: 'signatures',
    weight: 8,
    make: alteredSigned,
    read: draft =>
      refusedOr(() => {
        const request = wireRequest(draft, now)
        const claim = readSignature(request)
        if (claim) verifySignature(request, claim, key.secretAccessKey, now)
      }, SignatureError),
  }),
  target<{ kind: (typeof streamingKinds)[number]; body: string; length: number }>({
    name: 'payloads in chunks',
    weight: 4,
    make: random => ({
      kind: random.pick(streamingKinds),
      body: alteredText('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', random),
      length: random.pick([5, 5, 0, 10]),
    }),
    read: ({ kind, body, length }) =>
      refusedOrAsync(
        async () => {
          async function* source() {
            for (let at = 0; at < body.length; at += 7) yield Buffer.from(body.slice(at, at + 7), 'latin1')
          }
          for await (const part of readChunks(source(), { kind, length, announced: 'x-amz-checksum-crc32' }, new Map()))
            if (part.length > length) throw new Error('more bytes than were declared')
        },
        ChunkError,
        SignatureError,
      ),
  }),
  target<{ text: string; kind: (typeof policyKinds)[number] }>({
    name: 'policies',
    weight: 12,
    make: random => ({ text: jsonOf(alteredValue(random.pick(whole.policies), random), random), kind: random.pick(policyKinds) }),
    read: ({ text, kind }) =>
      refusedOr(() => {
        const document = parsePolicy(text, kind)
        printPolicy(document)
        const policy = compilePolicy(document, { id: 'policy', type: 'inline' })
        decide(
          {
            principal: { type: 'user', account, arn: `arn:aws:iam::${account}:user/a`, userId: 'AIDA', userName: 'a' } as never,
            action: 's3:GetObject',
            resource: 'arn:aws:s3:::bucket/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
            context: { 'aws:SourceIp': '192.0.2.1', 'aws:PrincipalTag/team': 'a'.repeat(40), 'aws:CurrentTime': new Date(now) },
          },
          { identity: [policy] },
        )
      }, MalformedPolicyDocument),
  }),
  target<string>({
    name: 'ARNs',
    weight: 4,
    make: random => alteredText(random.pick(whole.arns), random),
    read: text => {
      const arn = parseArn(text)
      const again = arn && `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`
      if (arn && again !== text) throw new Error(`read as ${again}`)
    },
  }),
  target<string>({
    name: 'web identity tokens',
    weight: 5,
    make: alteredToken,
    read: token =>
      refusedOrAsync(async () => {
        const { subject } = await verifyWebIdentity(
          token,
          async issuer => (issuer === claims.iss ? registered : undefined),
          async () => issuerKeys,
          now,
        )
        if (subject !== claims.sub) throw new Error(`taken for ${subject}`)
      }, WebIdentityError),
  }),
  target<string>({
    name: 'SAML responses',
    weight: 2,
    make: random => (random.chance(0.9) ? base64(alteredText(saml, random)) : alteredText(base64(saml), random)),
    read: text =>
      refusedOr(() => {
        const verified = JSON.stringify(verifySaml(text, samlProvider, 'https://localhost/saml', now))
        if (verified !== samlExpected) throw new Error(`taken for ${verified}`)
      }, SamlError),
  }),
  target<string>({
    name: 'templates',
    weight: 6,
    make: random => {
      const value = alteredValue(random.pick(whole.templates), random)
      return random.chance(0.3) ? alteredText(random.pick(whole.yamlTemplates), random) : jsonOf(value, random)
    },
    read: text => refusedOr(() => checkNames(parseTemplate(text)), ServiceError),
  }),
  target<string>({
    name: 'seeds',
    weight: 4,
    make: random => alteredText(random.pick(whole.seeds), random),
    read: text => refusedOr(() => parseSeed(text, () => '{}'), SeedError),
  }),
  target<string>({
    name: 'statements of CloudTrail Lake',
    weight: 8,
    make: random => alteredText(random.pick(whole.statements), random),
    read: text =>
      refusedOr(() => {
        const statement = parseStatement(text)
        statement.compile(new Map(statement.stores.map(id => [id, events])), now)
      }, QueryProblem),
  }),
  target<string>({
    name: 'token reviews',
    weight: 4,
    make: random => jsonOf(alteredValue(whole.tokenReview(alteredText(whole.presignedToken, random)), random), random),
    read: async text => {
      const how = {
        cluster: { id: 'cluster', name: 'cluster', mappings: noMappings },
        origins: ['https://sts.us-east-1.amazonaws.com'],
        verifyPresigned: async () => ({ refused: 'the signature does not match' }),
        now,
      }
      const { status, body } = await reviewToken(text, how, failing)
      if (status !== 400 && (body as { status: { authenticated: boolean } }).status.authenticated) throw new Error('authenticated')
    },
  }),
  target<string>({
    name: 'access reviews',
    weight: 5,
    make: random => jsonOf(alteredValue(whole.accessReview, random), random),
    read: async text => {
      const { status, body } = await reviewAccess(text, { cluster: { id: 'a', name: 'a' }, directory: async () => [] }, failing)
      if (status !== 400 && (body as { status: { allowed: boolean } }).status.allowed) throw new Error('allowed')
    },
  }),
  target<string>({
    name: 'admission reviews',
    weight: 5,
    make: random => jsonOf(alteredValue(whole.admissionReview, random), random),
    read: async text => {
      const serviceAccount = async () => ({
        annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${account}:role/a` },
      })
      await reviewPod(text, { cluster: { name: 'a' }, configuration: eksDefaults, serviceAccount: serviceAccount as never }, failing)
    },
  }),
  target<string>({
    name: 'Amazon Resource Names as patterns',
    weight: 3,
    make: random => anyText(random),
    read: text => refusedOr(() => parsePolicy(JSON.stringify(whole.policyFor(text)), 'identity'), MalformedPolicyDocument),
  }),
]
