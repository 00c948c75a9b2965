// How long CheckNoNewAccess takes on pairs of AWS managed policies.
import { newAccess } from '../../src/analysis/questions.ts'
import { managedPolicies, managedPolicyDocument } from '../../src/catalogue/managed-policies.ts'
import { parsePolicy, type PolicyDocument } from '../../src/policy/index.ts'
import { median, percentile, rounded } from '../figures.ts'

/** Numbers that are the same in each run. Numerical Recipes' linear congruential generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % below
  }
}

/** @param pairs  how many, by chance but alike in each run */
export function newAccessFigures(pairs: number): object {
  const documents = new Map<string, PolicyDocument>()
  for (const policy of managedPolicies().values()) documents.set(policy.name, parsePolicy(managedPolicyDocument(policy) ?? '', 'identity'))
  const names = [...documents.keys()]
  const asked = (before: string, after: string) => {
    const start = performance.now()
    const { outcome } = newAccess(documents.get(before) as PolicyDocument, documents.get(after) as PolicyDocument, 'identity')
    return { milliseconds: performance.now() - start, pair: `${before} to ${after}`, outcome }
  }
  asked('AdministratorAccess', 'ReadOnlyAccess')
  const random = numbers(42)
  const name = () => names[random(names.length)] as string
  const runs = Array.from({ length: pairs }, () => asked(name(), name()))
  const milliseconds = runs.map(run => run.milliseconds)
  const outcomes = Object.groupBy(runs, ({ outcome }) => outcome)
  const within = Array.from({ length: 5 }, () => asked('AdministratorAccess', 'ReadOnlyAccess').milliseconds)
  return {
    pairs,
    milliseconds: {
      p50: rounded(percentile(milliseconds, 50), 2),
      p90: rounded(percentile(milliseconds, 90), 2),
      p99: rounded(percentile(milliseconds, 99), 2),
      most: rounded(Math.max(...milliseconds), 2),
    },
    outcomes: Object.fromEntries(Object.entries(outcomes).map(([outcome, those]) => [outcome, those.length])),
    slowest: runs.toSorted((a, b) => b.milliseconds - a.milliseconds)[0]?.pair,
    readOnlyWithinAdministratorMilliseconds: rounded(median(within), 1),
  }
}
