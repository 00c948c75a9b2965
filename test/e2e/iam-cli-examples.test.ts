import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { startIssuer, type TestIssuer } from '../services/sts/issuer.ts'
import { base64, metadata, response } from '../services/sts/identity-provider.ts'
import { differences, documentedValue } from './iam-cli-examples/compare.ts'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

interface Worlds {
  readonly files: { readonly [name: string]: string }
  readonly newer: readonly string[]
  readonly misprints: { readonly [page: string]: readonly (readonly [string, string])[] }
  readonly differs: { readonly [page: string]: { readonly [difference: string]: string } }
  readonly worlds: readonly { readonly examples: readonly (string | { readonly example: string })[] }[]
}

interface Result {
  readonly example: string
  readonly command: string
  readonly documented: string | null
  readonly status: number
  readonly printed: string
  readonly problem: string
}

/** The description, with proofs in place of their names between percent signs. */
function worlds(proofs: { readonly [name: string]: string } = {}): Worlds {
  const text = readFileSync(join(root, 'test/e2e/iam-cli-examples/worlds.yaml'), 'utf8')
  return parse(text.replaceAll(/%(\w+)%/g, (name, proof: string) => proofs[proof] ?? name)) as Worlds
}

const described = worlds()
const pages = described.worlds.flatMap(({ examples }) => examples.map(entry => (typeof entry === 'string' ? entry : entry.example)))

let gatehouse: TestGatehouse
let folder: string
let issuer: TestIssuer
let all: readonly string[]
let results: readonly Result[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-examples-'))
  issuer = await startIssuer(Date.now)
  gatehouse = await startGatehouse({
    flags: ['--account', '123456789012', '--region', 'us-east-1', '--issuer-networks', '127.0.0.0/8,::1/128'],
  })
  const program = spawn(join(clients, 'python'), [join(root, 'test/e2e/programs/iam_cli_examples.py')], {
    cwd: folder,
    env: {
      ...withoutAws(process.env),
      ...gatehouse.environment,
      HOME: folder,
      GATEHOUSE_DATA: gatehouse.data,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  })
  const { files, ...rest } = worlds(await proofsOf(issuer))
  program.stdin.end(JSON.stringify({ ...rest, files: { ...files, 'SAMLMetaData.xml': metadata } }))
  const [printed, problem] = await Promise.all([text(program.stdout), text(program.stderr)])
  expect(problem).toBe('')
  ;({ pages: all, results } = JSON.parse(printed) as { pages: readonly string[]; results: readonly Result[] })
}, 600_000)
afterAll(async () => {
  await discard(gatehouse)
  await issuer.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What identity providers say of the people of the examples. */
async function proofsOf({ url, thumbprint, token }: TestIssuer): Promise<{ readonly [name: string]: string }> {
  const said = response(Date.now(), {
    nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
    subject: 'SamlExample',
    expiresIn: 3_600_000,
    confirmedFor: 3_600_000,
    attributes: {
      Role: ['arn:aws:iam::123456789012:role/TestSaml,arn:aws:iam::123456789012:saml-provider/SAML-test'],
      RoleSessionName: ['TestSaml'],
    },
  })
  const claims = { aud: 'client.5498841531868486423.1548@apps.example.com', sub: 'amzn1.account.AF6RHO7KZU5XRVQJGXK6HB56KR2A' }
  return {
    assertion: base64(said),
    token: await token(claims, { expiresIn: 3_600 }),
    issuer: url,
    provider: url.replace('https://', ''),
    thumbprint,
  }
}

test('every page of the AWS CLI for IAM and STS that has examples is run', () => {
  expect(all.filter(page => !pages.includes(page))).toEqual([])
  expect(pages.filter(page => !all.includes(page))).toEqual([])
})

describe('what the example prints is what the page shows', () => {
  test.each(pages)('%s', page => {
    const own = results.filter(({ example }) => example === page)
    const known = Object.keys(described.differs[page] ?? {}).map(pattern => new RegExp(pattern))
    const found = own.flatMap(result => differencesOf(result))
    expect(own.length).toBeGreaterThan(0)
    expect(found.filter(difference => !known.some(pattern => pattern.test(difference)))).toEqual([])
    expect(known.filter(pattern => !found.some(difference => pattern.test(difference)))).toEqual([])
  })
})

function differencesOf({ example, command, documented, status, printed, problem }: Result): string[] {
  if (status !== 0) return [`${command}: ${problem}`]
  if (documented === null) return printed === '' ? [] : [`${command}: ${printed}`]
  const shown = (described.misprints[example] ?? []).reduce((said, [wrong, right]) => said.replaceAll(wrong, right), documented)
  const newer = new RegExp(`(^|\\.)(${described.newer.join('|')}): more$|(^|\\.)IsTruncated: missing$`)
  return differences(documentedValue(shown), JSON.parse(printed), shown.includes('...\n')).filter(difference => !newer.test(difference))
}

/** Names of members, lists' items together. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
}

test.each(['sts/decode-authorization-message'])('the message that %s decodes has the members that the page shows', page => {
  const [result] = results.filter(({ example }) => example === page)
  const messageOf = (printed: unknown) =>
    JSON.parse((printed as { DecodedMessage: string }).DecodedMessage) as { context: { principal: object } }
  const [documented, printed] = [messageOf(documentedValue(result?.documented ?? '')), messageOf(JSON.parse(result?.printed ?? '{}'))]
  // The page's caller is a session of a role, ours a user, who has a name.
  expect(shapeOf(printed)).toEqual({
    ...(shapeOf(documented) as object),
    context: { ...(shapeOf(documented.context) as object), principal: { id: 'string', name: 'string', arn: 'string' } },
  })
})
