import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

/** A path in the output, as a regular expression, and why what is there differs from what is documented. */
type Unlike = { readonly [path: string]: string }

interface Step {
  readonly run?: string
  readonly example?: string
  readonly with?: { readonly [words: string]: string }
  readonly save?: { readonly [name: string]: string }
  readonly among?: boolean
  readonly unlike?: Unlike
}

interface Result {
  readonly command: string
  readonly code: number
  readonly out: string
  readonly err: string
  readonly documented: string | null
}

const { roles, steps, unlike } = parse(readFileSync(join(root, 'test/e2e/examples/eks.yaml'), 'utf8')) as {
  readonly roles: readonly string[]
  readonly steps: readonly Step[]
  readonly unlike: Unlike
}

const services = ['eks', 'ec2', 'eks-fargate-pods', 'pods.eks', 'ssm'].map(name => `${name}.amazonaws.com`)
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333', Service: services }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
})
const making = roles.map(name => ({ run: `iam create-role --role-name ${name} --assume-role-policy-document '${trust}'` }))

let gatehouse: TestGatehouse
let results: readonly Result[]
let pages: readonly string[]

/** One process for all: the CLI takes a second to start. */
function runAll(all: readonly Step[]): Promise<{ readonly pages: readonly string[]; readonly results: readonly Result[] }> {
  const python = join(process.env['GATEHOUSE_TEST_CLIENTS'] ?? '', 'python')
  const child = spawn(python, [join(root, 'test/e2e/programs/cli_examples.py'), 'eks'], {
    env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data, AWS_PAGER: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 165_000,
  })
  child.stdin.end(JSON.stringify(all))
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    child.once('close', code =>
      code === 0 ? resolve(JSON.parse(text) as Awaited<ReturnType<typeof runAll>>) : reject(new Error(`The examples ended with ${code}.`)),
    )
  })
}

beforeAll(async () => {
  gatehouse = await startGatehouse({ flags: ['--region', 'us-east-2', '--old-versions', 'true'] })
  const all = await runAll([...making, ...steps])
  results = all.results.slice(making.length)
  pages = all.pages
})
afterAll(() => discard(gatehouse))

/** Without what no two answers have alike: ids and times. Pages from before 2020 have times as numbers. */
function common(value: unknown): unknown {
  if (typeof value === 'number' && value > 1e9) return 'a time'
  if (typeof value !== 'string') return value
  return value
    .replace(/[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}/g, 'an id')
    .replace(/\ba-[0-9a-z]{17}\b/g, 'an association')
    .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?([+-]\d\d:\d\d|Z)$/, 'a time')
}

/** A text of JSON is what it says: order of labels in it is nobody's. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

const isTree = (value: unknown): value is { readonly [key: string]: unknown } => typeof value === 'object' && value !== null

/** Paths where what is answered is not what is documented, each with both. */
function differences(documented: unknown, answered: unknown, path: readonly string[] = []): string[] {
  const [left, right] = [parsed(documented), parsed(answered)]
  if (isTree(left) && isTree(right) && Array.isArray(left) === Array.isArray(right))
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap(key => differences(left[key], right[key], [...path, key]))
  const texts = [left, right].map(value => JSON.stringify(common(value)) ?? 'nothing')
  return texts[0] === texts[1] ? [] : [`${path.join('.')}: ${texts.join(' is documented, answered is ')}`]
}

/** Whether all that is documented is in the one list of the answer. */
function missingFrom(documented: unknown, answered: unknown): string[] {
  const list = (tree: unknown) => (isTree(tree) ? Object.values(tree).find(Array.isArray) : undefined) ?? []
  const without = (item: unknown) => JSON.stringify(item, (_key, value) => common(value))
  const answers = new Set(list(answered).map(without))
  return list(documented)
    .map(without)
    .filter(item => !answers.has(item))
}

const outputOf = (text: string | null): unknown => (text === null || text.trim() === '' ? null : (parsed(text.trim()) ?? text))

const failed = () => results.flatMap(({ command, code, err }) => (code === 0 ? [] : [`${command}: ${err.trim()}`]))

describe("the examples of the AWS CLI's reference for EKS, as printed", () => {
  test('every command is taken', () => {
    expect(failed()).toEqual([])
  })

  const examples = steps.flatMap(({ example, ...step }, index) => (example === undefined ? [] : [{ ...step, example, index }]))

  test.each(examples)('$example answers what its page shows', ({ index, among, unlike: here = {} }) => {
    const { out, documented } = results[index] as Result
    if (among) {
      const missing = missingFrom(outputOf(documented), outputOf(out))
      return expect(missing.filter(item => !Object.keys(here).some(words => item.includes(words)))).toEqual([])
    }
    const known = Object.keys({ ...unlike, ...here }).map(path => new RegExp(path === '' ? '^' : `^${path}[.:]`))
    const found = differences(outputOf(documented), outputOf(out)).filter(text => !known.some(path => path.test(text)))
    expect(found).toEqual([])
  })

  test('every page is among them', () => {
    const shown = new Set(examples.map(({ example }) => example.split(' ')[0]))
    expect(pages.filter(page => !shown.has(page))).toEqual([])
  })
})
