// How long questions about a whole account and a whole cluster take. The baseline asks in the same run as a program without the graph would: each principal's policies
// put together and decided one after the other, or each subject asked of all bindings.
import { ask } from '../../src/analysis/graph/ask.ts'
import { Estate } from '../../src/analysis/graph/estate.ts'
import { Graph } from '../../src/analysis/graph/graph.ts'
import { Escalations } from '../../src/analysis/graph/paths.ts'
import type { Snapshot } from '../../src/analysis/graph/snapshot.ts'
import { whoCan } from '../../src/analysis/graph/who-can.ts'
import { whoCanInCluster } from '../../src/analysis/graph/who-can-cluster.ts'
import { evaluateRbac, type RbacObjects } from '../../src/cluster-access/evaluate.ts'
import { preparePlan } from '../../src/policy/index.ts'
import { median, rounded } from '../figures.ts'
import { accountOf, clusterOf } from './graph-worlds.ts'

const rounds = 7
const account = 'arn:aws:iam::111122223333'
const questions = [
  { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket-17/key' },
  { action: 'dynamodb:PutItem', resource: 'arn:aws:dynamodb:us-east-1:111122223333:table/t-3' },
  { action: 'sts:AssumeRole', resource: `${account}:role/r-4711` },
  { action: 'iam:PassRole', resource: `${account}:role/r-4711` },
]

function timed<T>(work: () => T): { readonly milliseconds: number; readonly value: T } {
  const start = performance.now()
  const value = work()
  return { milliseconds: rounded(performance.now() - start, 1), value }
}

/** Of an account with five policies a role. Cold: the file is read and parsed, and the world made of it. */
export function accountFigures(roles: number): object {
  const text = JSON.stringify(accountOf(roles))
  const read = () => new Estate(JSON.parse(text) as Snapshot)
  const cold = questions.map(question => timed(() => whoCan(read(), question).access.length))
  const estate = read()
  const whoCanMilliseconds = questions.map((question, index) => {
    whoCan(estate, question)
    const warm = Array.from({ length: rounds }, () => timed(() => whoCan(estate, question)).milliseconds)
    const baseline = timed(() =>
      [...estate.members.values()].map(member => ask(estate, member, question, preparePlan({ identity: member.identity }))),
    )
    return {
      action: question.action,
      found: cold[index]?.value,
      cold: cold[index]?.milliseconds,
      warm: median(warm),
      everyPlanMadeAnew: baseline.milliseconds,
    }
  })
  const escalations = timed(() => new Escalations(new Graph(read())).escalations.length)
  return {
    roles,
    megabytes: rounded(text.length / 1e6, 1),
    whoCanMilliseconds,
    escalations: { found: escalations.value, coldMilliseconds: escalations.milliseconds },
  }
}

export function clusterFigures(namespaces: number, bindings: number): object {
  const cluster = clusterOf(namespaces, bindings)
  const world = { ...accountOf(300), clusters: [cluster] }
  const attributes = { kind: 'resource', verb: 'get', apiGroup: '', resource: 'secrets', namespace: 'ns-17' } as const
  const whoCanIn = (names: readonly string[]) => {
    const graph = new Graph(new Estate(world))
    const [view] = graph.views
    if (!view) throw new Error('the cluster is not in the graph')
    return names.reduce((sum, namespace) => sum + whoCanInCluster(graph.estate, view, { ...attributes, namespace }).access.length, 0)
  }
  const one = timed(() => whoCanIn([attributes.namespace]))
  const each = timed(() => whoCanIn(cluster.namespaces.map(({ name }) => name)))
  const escalations = timed(() => new Escalations(new Graph(new Estate(world))).escalations.length)
  const objects: RbacObjects = {
    clusterRole: name => cluster.clusterRoles[name],
    role: () => undefined,
    clusterRoleBindings: cluster.clusterRoleBindings,
    roleBindings: namespace => cluster.roleBindings.filter(binding => binding.namespace === namespace),
  }
  const users = new Set(
    [...cluster.roleBindings, ...cluster.clusterRoleBindings].flatMap(({ subjects }) => subjects.map(({ name }) => name)),
  )
  const baseline = timed(() => [...users].map(username => evaluateRbac(objects, { username, groups: [username], extra: {} }, attributes)))
  return {
    namespaces,
    bindings: cluster.roleBindings.length + cluster.clusterRoleBindings.length,
    milliseconds: {
      whoCanInOneNamespace: one.milliseconds,
      whoCanInEachNamespace: each.milliseconds,
      escalations: escalations.milliseconds,
      everySubjectAskedOfAllBindings: baseline.milliseconds,
    },
    found: { whoCanInOneNamespace: one.value, whoCanInEachNamespace: each.value, escalations: escalations.value },
  }
}
