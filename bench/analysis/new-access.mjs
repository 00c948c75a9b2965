// How long CheckNoNewAccess takes on random pairs of AWS managed policies. Run: node bench/analysis/new-access.mjs [pairs]
import { managedPolicies, managedPolicyDocument } from '../../src/catalogue/managed-policies.ts'
import { newAccess } from '../../src/analysis/questions.ts'
import { parsePolicy } from '../../src/policy/index.ts'

const policies = [...managedPolicies().values()].map(policy => ({ name: policy.name, document: parsePolicy(managedPolicyDocument(policy) ?? '', 'identity') }))
const pairs = Number(process.argv[2] ?? 1000)
let state = 42
const random = below => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state % below
}
const named = name => policies.find(policy => policy.name === name)
newAccess(named('AdministratorAccess').document, named('ReadOnlyAccess').document, 'identity')
const outcomes = {}
const runs = []
for (let i = 0; i < pairs; i++) {
  const [before, after] = [policies[random(policies.length)], policies[random(policies.length)]]
  const start = performance.now()
  const { outcome } = newAccess(before.document, after.document, 'identity')
  runs.push({ milliseconds: performance.now() - start, names: `${before.name} -> ${after.name}`, outcome })
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
}
runs.sort((a, b) => a.milliseconds - b.milliseconds)
const at = share => runs[Math.min(runs.length - 1, Math.floor(runs.length * share))]?.milliseconds.toFixed(2)
console.log(`${pairs} pairs: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`, outcomes)
for (const { milliseconds, names, outcome } of runs.slice(-5)) console.log(`  ${milliseconds.toFixed(1)} ms  ${outcome}  ${names}`)
const start = performance.now()
const { outcome } = newAccess(named('AdministratorAccess').document, named('ReadOnlyAccess').document, 'identity')
console.log(`ReadOnlyAccess within AdministratorAccess: ${outcome}, ${(performance.now() - start).toFixed(1)} ms`)
