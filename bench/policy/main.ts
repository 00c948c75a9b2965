/**
 * The benchmark of the policy engine: `npm ci --prefix bench && node --expose-gc bench/policy/main.ts`. Every measured request is first decided by the naive evaluator
 * of the tests as well. Prints a table; `--json` prints the figures.
 */
import { type ApplicablePolicies, compilePolicy, decideWithPlan, type Plan, parsePolicy, preparePlan } from '../../src/policy/index.ts'
import { naiveDecide } from '../../test/policy/naive.ts'
import { contestants } from './contestants.ts'
import { measure } from './measure.ts'
import { applicable } from './ours.ts'
import { guardedRoles, type Holder, largePrincipal, managedPolicies, managedRoles, smallPrincipal } from './workloads.ts'

interface Figure {
  readonly workload: string
  readonly contestant: string
  readonly figure: string
  readonly value: number
  readonly unit: string
}
const figures: Figure[] = []
const note = (workload: string, contestant: string, figure: string, value: number, unit = 'µs') => {
  figures.push({ workload, contestant, figure, value, unit })
  if (!process.argv.includes('--json'))
    console.log(`${workload.padEnd(8)} ${contestant.padEnd(28)} ${figure.padEnd(34)} ${value.toPrecision(3)} ${unit}`)
}

interface Prepared {
  readonly set: ApplicablePolicies
  readonly plan: Plan
  readonly requests: Holder['requests']
}

function prepare(workload: string, holders: readonly Holder[]): Prepared[] {
  let wrong = 0
  const prepared = holders.map(({ policies, requests }) => {
    const set = applicable(policies)
    const plan = preparePlan(set)
    for (const request of requests) if (decideWithPlan(request, plan).effect !== naiveDecide(request, policies)) wrong++
    return { set, plan, requests }
  })
  if (wrong > 0) throw new Error(`${workload}: ${wrong} decisions differ from the naive evaluator`)
  return prepared
}

// What is decided must be used, or the compiler may leave it out.
let used = 0
const use = (allowed: boolean) => {
  if (allowed) used++
}

function measureWarm(workload: string, prepared: readonly Prepared[], repeat: number) {
  const calls = repeat * prepared.reduce((sum, { requests }) => sum + requests.length, 0)
  const warm = measure(calls, () => {
    for (let i = 0; i < repeat; i++) {
      for (const { plan, requests } of prepared) for (const request of requests) use(decideWithPlan(request, plan).effect === 'allowed')
    }
  })
  note(workload, 'gatehouse', 'warm', warm)
}

/** A principal that was not seen yet: its policies are compiled, they are joined for the first time. */
function measureCold(workload: string, prepared: readonly Prepared[], repeat: number) {
  const cold = measure(
    prepared.length * repeat,
    () => {
      for (let i = 0; i < repeat; i++) {
        for (const { set, requests } of prepared)
          use(decideWithPlan(requests[i % requests.length] as Holder['requests'][number], preparePlan(set)).effect === 'allowed')
      }
    },
    { rounds: 60 },
  )
  note(workload, 'gatehouse', 'cold, policies known', cold)
}

/** Actions and resources that never come twice. */
function measureUnique(workload: string, { plan, requests }: Prepared) {
  let n = 0
  const unique = () => requests.map(request => ({ ...request, action: `${request.action}${n++}`, resource: `${request.resource}${n}` }))
  let batch: ReturnType<typeof unique> = []
  const value = measure(requests.length, () => batch.forEach(request => use(decideWithPlan(request, plan).effect === 'allowed')), {
    rounds: 60,
    prepare: () => {
      batch = unique()
    },
  })
  note(workload, 'gatehouse', 'never-repeating action and resource', value)
}

async function measureContestants(workload: string, holder: Holder, names: readonly string[], calls: number) {
  const expected = holder.requests.map(request => naiveDecide(request, holder.policies) === 'allowed')
  for (const contestant of contestants.filter(({ name }) => names.includes(name))) {
    const decide = await contestant.prepare(holder)
    let differing = 0
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 3; round++) {
      const start = process.hrtime.bigint()
      for (let i = 0; i < calls; i++) {
        const answer = decide(holder.requests[i % holder.requests.length] as Holder['requests'][number])
        if ((typeof answer === 'boolean' ? answer : await answer) !== expected[i % expected.length] && round === 0) differing++
      }
      best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / calls)
    }
    note(workload, contestant.name, 'warm', best)
    note(workload, contestant.name, 'answers unlike the documentation', (100 * differing) / calls, '%')
  }
}

function measureChange(workload: string, { plan, set, requests }: Prepared) {
  const text = (n: number) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::changed-${n}/*` }],
    })
  const texts = Array.from({ length: 4096 }, (_, n) => text(n))
  let current = set.identity[0] as ApplicablePolicies['identity'][number]
  let n = 0
  const value = measure(256, () => {
    for (let i = 0; i < 256; i++, n++) {
      const next = compilePolicy(parsePolicy(texts[n % texts.length] as string, 'identity'), { id: 'changed', type: 'inline' })
      plan.replaceIdentity(current, next)
      current = next
      use(decideWithPlan(requests[n % requests.length] as Holder['requests'][number], plan).effect === 'allowed')
    }
  })
  note(workload, 'gatehouse', 'after one statement changed', value)
}

const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function measureManaged() {
  const texts = managedPolicies()
  const start = performance.now()
  const documents = texts.map(text => parsePolicy(text, 'identity'))
  const parsed = performance.now()
  const before = heap()
  const begin = performance.now()
  const compiled = documents.map((document, i) => compilePolicy(document, { id: String(i), type: 'AWS managed' }))
  for (const { index } of compiled) use(index === undefined)
  const indexed = performance.now()
  const bytes = heap() - before
  const pairs = documents.reduce(
    (sum, { statements }) => sum + statements.reduce((inner, { action }) => inner + action.values.length, 0),
    0,
  )
  note('managed', 'gatehouse', `parse ${texts.length} policies`, parsed - start, 'ms')
  note('managed', 'gatehouse', 'compile and index them', indexed - begin, 'ms')
  note('managed', 'gatehouse', 'memory of a statement-action pair', bytes / pairs, 'bytes')
  use(compiled.length === 0)
}

const everyone = contestants.map(({ name }) => name)
measureManaged()
const w1 = prepare('W1', [smallPrincipal()])
measureWarm('W1', w1, 40)
measureCold('W1', w1, 256)
measureUnique('W1', w1[0] as Prepared)
await measureContestants('W1', smallPrincipal(), everyone, 512)
const w2 = prepare('W2', managedRoles())
measureWarm('W2', w2, 3)
measureCold('W2', w2, 1)
const w4 = prepare('W4', guardedRoles())
measureWarm('W4', w4, 3)
measureCold('W4', w4, 1)
for (const size of [10_000, 100_000]) {
  const workload = `W3-${size / 1000}k`
  const holder = largePrincipal(size)
  const prepared = prepare(workload, [size > 10_000 ? { ...holder, requests: holder.requests.slice(0, 32) } : holder])
  measureWarm(workload, prepared, 40)
  measureChange(workload, prepared[0] as Prepared)
  await measureContestants(workload, holder, size > 10_000 ? [] : everyone, 8)
}
if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
if (used === 0) throw new Error('nothing was allowed')
