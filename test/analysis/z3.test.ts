import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { init } from 'z3-solver'
import { newAccess } from '../../src/analysis/questions.ts'
import { parsePolicy } from '../../src/policy/index.ts'

/** `GATEHOUSE_Z3_PAIRS` sets how many. */
const pairs = Number(process.env['GATEHOUSE_Z3_PAIRS'] ?? 24)

type Z3 = Awaited<ReturnType<typeof init>>
let z3: Z3
let context: ReturnType<Z3['Context']>
beforeAll(async () => {
  z3 = await init()
  context = z3.Context<string>('policies')
}, 60_000)
afterAll(() => (z3.em as { PThread: { terminateAllThreads(): void } }).PThread.terminateAllThreads())

interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: readonly string[] } }
}

/** Text as SMT-LIB writes it; names of keys are symbols. SMT-LIB, "Theory Unicode Strings". */
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
const any = (parts: readonly string[]) => (parts.length === 0 ? 'false' : `(or ${parts.join(' ')} false)`)
const all = (parts: readonly string[]) => `(and ${parts.join(' ')} true)`

/** IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs". */
function regular(pattern: string): string {
  const parts = pattern
    .split(/([*?])/)
    .filter(part => part !== '')
    .map(part => (part === '*' ? 're.all' : part === '?' ? 're.allchar' : `(str.to_re ${quoted(part)})`))
  return parts.length === 1 ? (parts[0] as string) : `(re.++ ${parts.join(' ')})`
}
const matches = (what: string, patterns: readonly string[]) => any(patterns.map(pattern => `(str.in_re ${what} ${regular(pattern)})`))

/** What is before and after the parts that the policies' patterns have in common is apart from them: short texts are what z3 decides soonest. */
const ofBuckets = 'arn:aws:s3:::'
const matchesResource = (patterns: readonly string[]) =>
  any(patterns.map(pattern => (pattern === '*' ? 'true' : `(and |of buckets| ${matches('resource', [pattern.slice(ofBuckets.length)])})`)))
function matchesAction(patterns: readonly string[]): string {
  return any(
    patterns.map(pattern => {
      const [service = '', name = '*'] = pattern.toLowerCase().split(':')
      return service === '*' ? 'true' : `(and (= service ${quoted(service)}) ${matches('action', [name])})`
    }),
  )
}

/** What conditions on a key mean where the request has it, and where not. IAM User Guide, "IAM JSON policy elements: Condition operators". */
const operators: { readonly [name: string]: (key: string, values: readonly string[]) => string } = {
  StringEquals: (key, values) => `(and |has ${key}| ${any(values.map(value => `(= |${key}| ${quoted(value)})`))})`,
  StringNotEquals: (key, values) => `(not ${operators['StringEquals']?.(key, values)})`,
  StringLike: (key, values) => `(and |has ${key}| ${matches(`|${key}|`, values)})`,
  StringNotLike: (key, values) => `(not ${operators['StringLike']?.(key, values)})`,
  StringEqualsIfExists: (key, values) => `(or (not |has ${key}|) ${operators['StringEquals']?.(key, values)})`,
  Null: (key, values) => any(values.map(value => (value === 'true' ? `(not |has ${key}|)` : `|has ${key}|`))),
  NumericLessThan: (key, values) => `(and |has ${key}| ${any(values.map(value => `(< |${key}| ${value}.0)`))})`,
  NumericGreaterThanEquals: (key, values) => `(and |has ${key}| ${any(values.map(value => `(>= |${key}| ${value}.0)`))})`,
}

const applies = ({ Action, NotAction = [], Resource, NotResource = [], Condition = {} }: Statement): string =>
  all([
    Action ? matchesAction(Action) : `(not ${matchesAction(NotAction)})`,
    Resource ? matchesResource(Resource) : `(not ${matchesResource(NotResource)})`,
    ...Object.entries(Condition).flatMap(([operator, byKey]) =>
      Object.entries(byKey).map(([key, values]) => operators[operator]?.(key, values) as string),
    ),
  ])

const allowed = (statements: readonly Statement[]): string =>
  all([
    any(statements.filter(({ Effect }) => Effect === 'Allow').map(applies)),
    `(not ${any(statements.filter(({ Effect }) => Effect === 'Deny').map(applies))})`,
  ])

const texts = ['aws:SourceVpce', 'aws:UserAgent']
const numbers = ['s3:max-keys']
const declarations = [
  '(declare-const service String)(declare-const action String)(declare-const resource String)(declare-const |of buckets| Bool)',
  '(assert (not (= action "")))(assert (not (= resource "")))',
  ...texts.map(key => `(declare-const |${key}| String)(declare-const |has ${key}| Bool)`),
  ...numbers.map(key => `(declare-const |${key}| Real)(declare-const |has ${key}| Bool)`),
].join('\n')

async function solved(existing: readonly Statement[], updated: readonly Statement[]): Promise<'sat' | 'unsat' | 'unknown'> {
  const solver = new context.Solver()
  solver.set('rlimit', 3_000_000)
  solver.fromString(`${declarations}\n(assert ${allowed(updated)})\n(assert (not ${allowed(existing)}))`)
  return solver.check()
}

/** The same every time. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const actions = ['s3:GetObject', 's3:Get*', 's3:PutObject', 's3:*', '*', 's3:*Object', 'sqs:SendMessage', 's3:?etObject']
const resources = [
  '*',
  'arn:aws:s3:::a/*',
  'arn:aws:s3:::a/b*',
  'arn:aws:s3:::*',
  'arn:aws:s3:::a/b/c',
  'arn:aws:s3:::?/b',
  'arn:aws:s3:::*/c',
]
const conditions: readonly Statement['Condition'][] = [
  { StringEquals: { 'aws:SourceVpce': ['vpce-1'] } },
  { StringEquals: { 'aws:SourceVpce': ['vpce-1', 'vpce-2'] } },
  { StringNotEquals: { 'aws:SourceVpce': ['vpce-1'] } },
  { StringLike: { 'aws:UserAgent': ['aws-*'] } },
  { StringNotLike: { 'aws:UserAgent': ['*cli*'] } },
  { StringEqualsIfExists: { 'aws:SourceVpce': ['vpce-2'] } },
  { Null: { 'aws:SourceVpce': ['true'] } },
  { Null: { 'aws:SourceVpce': ['false'] } },
  { NumericLessThan: { 's3:max-keys': ['10'] } },
  { NumericGreaterThanEquals: { 's3:max-keys': ['5'] } },
  { NumericLessThan: { 's3:max-keys': ['10'] }, StringLike: { 'aws:UserAgent': ['*cli*'] } },
]

function policyFrom(random: (below: number) => number): readonly Statement[] {
  const some = <T>(from: readonly T[]): T[] => Array.from({ length: 1 + random(2) }, () => from[random(from.length)] as T)
  return Array.from({ length: 1 + random(3) }, (_, i) => ({
    Effect: i > 0 && random(3) === 0 ? 'Deny' : 'Allow',
    ...(random(6) === 0 ? { NotAction: some(actions) } : { Action: some(actions) }),
    ...(random(6) === 0 ? { NotResource: some(resources) } : { Resource: some(resources) }),
    ...(random(2) === 0 && { Condition: conditions[random(conditions.length)] as NonNullable<Statement['Condition']> }),
  }))
}

describe('the solver z3 finds new access where we do, and none where we prove that there is none', () => {
  const random = numbersFrom(7)
  // One in three only takes away: most that are made by chance allow something new.
  const given = Array.from({ length: pairs }, (_, i) => {
    const existing = policyFrom(random)
    const narrowed = [...existing, ...policyFrom(random).map(statement => ({ ...statement, Effect: 'Deny' as const }))]
    return [existing, i % 3 === 0 ? narrowed : policyFrom(random)] as const
  })

  test('on small policies made by chance', { timeout: 240_000 }, async () => {
    const compared = { found: 0, none: 0, undecided: 0 }
    for (const [existing, updated] of given) {
      const [before, after] = [existing, updated].map(Statement =>
        parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'identity'),
      )
      const { outcome } = newAccess(before as NonNullable<typeof before>, after as NonNullable<typeof after>, 'identity')
      const theirs = await solved(existing, updated)
      if (outcome === 'undetermined' || theirs === 'unknown') {
        compared.undecided++
        continue
      }
      expect({ existing, updated, outcome: theirs === 'sat' ? 'found' : 'none' }).toEqual({ existing, updated, outcome })
      compared[outcome]++
    }
    // Both answers are tried, and few pairs are left out.
    expect(compared.found).toBeGreaterThan(pairs / 5)
    expect(compared.none).toBeGreaterThan(pairs / 5)
    expect(compared.undecided).toBeLessThan(pairs / 5)
  })
})
