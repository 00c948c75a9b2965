import { audit } from '../../analysis/audit/audit.ts'
import type { Graph } from '../../analysis/graph/graph.ts'
import { attributesOf } from '../../analysis/graph/kubernetes-resources.ts'
import { goalsNamed, nodeNamed, viewNamed } from '../../analysis/graph/named.ts'
import { Escalations, pathBetween } from '../../analysis/graph/paths.ts'
import { whoCan } from '../../analysis/graph/who-can.ts'
import { whoCanInCluster } from '../../analysis/graph/who-can-cluster.ts'
import { graphOf } from './caller-world.ts'
import { plain, type WhoCanRequest } from './model.ts'
import { pageOf } from './paging.ts'
import { analysis, anyResource } from './service.ts'

/** WhoCan: who may do an action of AWS, or a verb of Kubernetes, on a resource, and why. `gatehouse who-can`. */
export const WhoCan = analysis.operation<'WhoCan', Graph | undefined>('WhoCan', {
  access: () => anyResource,
  reach: (_, context) => graphOf(context),
  async handle(input, _, graph) {
    const { access, unsure, dependsOn } = named(() => answer(graph as Graph, input))
    const { items, next } = pageOf(access, input)
    return {
      access: items.map(one => plain(one)),
      unsure: unsure.slice(0, mostUnsure).map(one => plain(one)),
      dependsOn,
      ...next,
    }
  },
})

const mostUnsure = 100

interface WhoCanAnswer {
  readonly access: readonly object[]
  readonly unsure: readonly object[]
  readonly dependsOn: readonly string[]
}

function answer(graph: Graph, { action, resource = '*', context = {}, cluster, namespace, subresource }: WhoCanRequest): WhoCanAnswer {
  if (action.includes(':')) return whoCan(graph.estate, { action, resource, context })
  const attributes = attributesOf(action, resource, {
    ...(namespace !== undefined && { namespace }),
    ...(subresource !== undefined && { subresource }),
  })
  if (!attributes) throw new Error(`the API group of ${resource} is not known: name it, as in ${resource}.GROUP`)
  return { unsure: [], ...whoCanInCluster(graph.estate, viewNamed(graph, cluster), attributes) }
}

/** FindPaths: the shortest way in which one principal becomes another. `gatehouse path`. */
export const FindPaths = analysis.operation<'FindPaths', Graph | undefined>('FindPaths', {
  access: () => anyResource,
  reach: (_, context) => graphOf(context),
  async handle({ from, to }, _, prepared) {
    const graph = prepared as Graph
    const steps = named(() => {
      const goals = goalsNamed(graph, to)
      return pathBetween(graph, nodeNamed(graph, from), node => goals.has(node))
    })
    return { found: steps !== undefined, path: (steps ?? []).map(step => plain(step)), dependsOn: gapsOf(graph) }
  },
})

/** ListEscalations: everyone who is no administrator and can become one. `gatehouse escalations`. */
export const ListEscalations = analysis.operation<'ListEscalations', Graph | undefined>('ListEscalations', {
  access: () => anyResource,
  reach: (_, context) => graphOf(context),
  async handle(input, _, prepared) {
    const graph = prepared as Graph
    const { administrators, escalations } = new Escalations(graph)
    const { items, next } = pageOf(escalations, input)
    return {
      administrators: administrators.slice(0, mostAdministrators),
      escalations: items.map(({ from, to, steps }) => plain({ from, to, path: steps() })),
      dependsOn: gapsOf(graph),
      ...next,
    }
  },
})

const mostAdministrators = 1_000

/** AuditAccount: accounts and clusters against the best practices of IAM and EKS. `gatehouse audit`. */
export const AuditAccount = analysis.operation<'AuditAccount', Graph | undefined>('AuditAccount', {
  access: () => anyResource,
  reach: (_, context) => graphOf(context, { settings: true }),
  async handle(input, { now }, graph) {
    const { findings, passed, notChecked, dependsOn } = named(() => audit(graph as Graph, now, input.cluster))
    const { items, next } = pageOf(findings, input)
    return { findings: items.map(one => plain(one)), passed, notChecked, dependsOn, ...next }
  },
})

export const gapsOf = ({ estate }: Graph): string[] => [...new Set(estate.gaps.map(({ what }) => what))]

/** What the pure code says of names that it does not know is the caller's mistake. @throws ValidationException */
export function named<T>(ask: () => T): T {
  try {
    return ask()
  } catch (problem) {
    // Bugs have types of their own.
    if (!(problem instanceof Error) || problem.constructor !== Error) throw problem
    throw new analysis.ValidationException(problem.message)
  }
}
