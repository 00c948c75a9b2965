// How long questions about a whole account and a whole cluster take. Run: taskset -c 0 node --expose-gc bench/analysis/graph.ts [roles]
// The baseline asks in the same run as a program without the graph would: each principal's policies put together and decided one after the other.
import { ask } from '../../src/analysis/graph/ask.ts'
import { Estate } from '../../src/analysis/graph/estate.ts'
import { Graph } from '../../src/analysis/graph/graph.ts'
import { Escalations } from '../../src/analysis/graph/paths.ts'
import type { Snapshot } from '../../src/analysis/graph/snapshot.ts'
import { whoCan } from '../../src/analysis/graph/who-can.ts'
import { whoCanInCluster } from '../../src/analysis/graph/who-can-cluster.ts'
import { evaluateRbac, type RbacObjects } from '../../src/cluster-access/evaluate.ts'
import { preparePlan } from '../../src/policy/index.ts'
import { accountOf, clusterOf } from './graph-worlds.ts'

const roles = Number(process.argv[2] ?? 10_000)
const rounds = 7
const questions = [
  { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket-17/key' },
  { action: 'dynamodb:PutItem', resource: 'arn:aws:dynamodb:us-east-1:111122223333:table/t-3' },
  { action: 'sts:AssumeRole', resource: 'arn:aws:iam::111122223333:role/r-4711' },
  { action: 'iam:PassRole', resource: 'arn:aws:iam::111122223333:role/r-4711' },
]

function timed<T>(work: () => T): { readonly milliseconds: number; readonly value: T } {
  const start = performance.now()
  const value = work()
  return { milliseconds: performance.now() - start, value }
}

const best = (work: () => unknown): number => Math.min(...Array.from({ length: rounds }, () => timed(work).milliseconds))
const told = (what: string, milliseconds: number, more = '') =>
  console.log(`${what.padEnd(72)} ${milliseconds.toFixed(1).padStart(9)} ms  ${more}`)

const text = JSON.stringify(accountOf(roles))
console.log(`${roles} roles with 5 policies each, a file of ${(text.length / 1e6).toFixed(1)} MB`)
for (const question of questions) {
  const name = `${question.action} on ${question.resource.slice(question.resource.lastIndexOf(':') + 1)}`
  const cold = timed(() => whoCan(new Estate(JSON.parse(text) as Snapshot), question).access.length)
  told(`who-can ${name}, cold, file read`, cold.milliseconds, `${cold.value} found`)
}
const estate = new Estate(JSON.parse(text) as Snapshot)
for (const question of questions) {
  const name = `${question.action} on ${question.resource.slice(question.resource.lastIndexOf(':') + 1)}`
  whoCan(estate, question)
  told(
    `who-can ${name}, warm`,
    best(() => whoCan(estate, question)),
  )
  told(
    '  baseline: every plan made anew',
    timed(() => [...estate.members.values()].map(member => ask(estate, member, question, preparePlan({ identity: member.identity }))))
      .milliseconds,
  )
}
const escalations = timed(() => new Escalations(new Graph(new Estate(JSON.parse(text) as Snapshot))))
told(
  'escalations: every path to an administrator, cold, file read',
  escalations.milliseconds,
  `${escalations.value.escalations.length} found, ${escalations.value.administrators.length} administrators`,
)

const cluster = clusterOf(1_000, 10_000)
const bindings = cluster.roleBindings.length + cluster.clusterRoleBindings.length
console.log(`\n1000 namespaces with ${bindings} bindings`)
const attributes = { kind: 'resource', verb: 'get', apiGroup: '', resource: 'secrets', namespace: 'ns-17' } as const
const world = { ...accountOf(300), clusters: [cluster] }
const inCluster = () => {
  const graph = new Graph(new Estate(world))
  const [view] = graph.views
  return view ? whoCanInCluster(graph.estate, view, attributes).access.length : 0
}
const first = timed(inCluster)
told('who-can get secrets, cold', first.milliseconds, `${first.value} found`)
const everywhere = timed(() => {
  const graph = new Graph(new Estate(world))
  const [view] = graph.views
  return cluster.namespaces.reduce(
    (sum, { name }) => sum + (view ? whoCanInCluster(graph.estate, view, { ...attributes, namespace: name }).access.length : 0),
    0,
  )
})
told('who-can get secrets in each of the namespaces', everywhere.milliseconds, `${everywhere.value} found`)
const paths = timed(() => new Escalations(new Graph(new Estate(world))).escalations.length)
told('escalations: every path to an administrator', paths.milliseconds, `${paths.value} found`)

const objects: RbacObjects = {
  clusterRole: name => cluster.clusterRoles[name],
  role: () => undefined,
  clusterRoleBindings: cluster.clusterRoleBindings,
  roleBindings: namespace => cluster.roleBindings.filter(binding => binding.namespace === namespace),
}
const users = new Set([...cluster.roleBindings, ...cluster.clusterRoleBindings].flatMap(({ subjects }) => subjects.map(({ name }) => name)))
told(
  '  baseline: every subject asked of all bindings, one namespace',
  timed(() => [...users].map(username => evaluateRbac(objects, { username, groups: [username], extra: {} }, attributes))).milliseconds,
)
