import { mayBeBefore } from '../../catalogue/kubernetes-versions.ts'
import { type PolicyRule, type ResourceAttributes, ruleAllows } from '../../cluster-access/rules.ts'
import type { ClusterContents, Placed } from './cluster-nodes.ts'
import { groupNode, podNode, serviceAccountNode, userNode } from './cluster-nodes.ts'
import type { Identity } from './cluster-view.ts'
import type { ClusterEscalation, ClusterNeed, ClusterOver } from './escalations/cluster-escalation.ts'
import { clusterEscalations } from './escalations/kubernetes-escalations.ts'
import { clusterAdmin, type Link, listOf, type NodeList, type Reason } from './links.ts'

/** Somebody in a cluster whose ways are looked for: one or, when the name in the cluster can be chosen, several. */
export interface Seeker {
  readonly contents: ClusterContents
  readonly identities: readonly Identity[]
  /** The IAM principal behind them, if one is. */
  readonly arn?: string | undefined
  /** Service accounts that may have roles. */
  readonly accountsWithRoles: readonly { readonly place: Placed; readonly roles: readonly string[] }[]
}

/** Where a request is allowed: anywhere in the cluster, or in some namespaces. */
interface Extent {
  readonly everywhere: boolean
  readonly namespaces: readonly string[]
}

const isAdministrator: ResourceAttributes = { kind: 'resource', verb: '*', apiGroup: '*', resource: '*' }

/** Every way that the rules know from somebody in a cluster. */
export function clusterLinks(seeker: Seeker): Link[] {
  const administrator = decisionOn(seeker, isAdministrator)
  const { label } = seeker.contents.view
  if (administrator !== undefined) {
    const because = () => [{ fact: `cluster ${label}: everything is allowed. ${administrator}` }]
    return [{ how: 'cluster-administrator', title: 'may do everything in the cluster already', to: listOf([clusterAdmin(label)]), because }]
  }
  const met = needsMetSomewhere(seeker)
  return clusterEscalations.flatMap(rule =>
    isOfVersion(rule, seeker) && (met === 'unknown' || rule.needs.every(need => met.has(need))) ? linkOf(rule, seeker) : [],
  )
}

const isOfVersion = ({ before }: ClusterEscalation, { contents }: Seeker): boolean =>
  before === undefined || mayBeBefore(contents.view.cluster.version, before)

const allNeeds = clusterEscalations.flatMap(({ needs }) => needs)
const needsOfRules = new WeakMap<readonly PolicyRule[], ReadonlySet<ClusterNeed>>()

/** Needs that some rule meets in some place and for some name: without them there is no more to ask. Access policies are not looked into. */
function needsMetSomewhere({ contents, identities }: Seeker): ReadonlySet<ClusterNeed> | 'unknown' {
  if (identities.some(({ user, grants }) => grants.length > 0 || user.groups.includes('system:masters'))) return 'unknown'
  const met = new Set<ClusterNeed>()
  for (const identity of identities)
    for (const rules of contents.view.ruleSetsOf(identity)) for (const need of needsMetBy(rules)) met.add(need)
  return met
}

function needsMetBy(rules: readonly PolicyRule[]): ReadonlySet<ClusterNeed> {
  const known = needsOfRules.get(rules)
  if (known) return known
  const unnamed = rules.map(rule => ({ ...rule, resourceNames: [] }))
  const met = new Set(allNeeds.filter(need => unnamed.some(rule => ruleAllows(rule, requestOf(need, undefined, undefined)))))
  needsOfRules.set(rules, met)
  return met
}

const decisionOn = ({ contents, identities }: Seeker, attributes: ResourceAttributes): string | undefined => {
  for (const identity of identities) {
    const { allowed, reason } = contents.view.decide(identity, attributes)
    if (allowed) return reason
  }
  return undefined
}

const requestOf = (
  { verb, apiGroup, resource, subresource }: ClusterNeed,
  namespace: string | undefined,
  name: string | undefined,
): ResourceAttributes => ({
  kind: 'resource',
  verb,
  apiGroup,
  resource,
  ...(subresource !== undefined && { subresource }),
  ...(namespace !== undefined && { namespace }),
  ...(name !== undefined && { name }),
})

const fixedName = ({ name }: ClusterNeed): string | undefined => (typeof name === 'object' ? name.name : undefined)

/** Where all needs of a rule are met, whatever the name of the target. */
function extentOf({ needs }: ClusterEscalation, seeker: Seeker): Extent {
  let extent: Extent = { everywhere: true, namespaces: [] }
  for (const need of needs) {
    const own = extentOfNeed(need, seeker)
    if (own.everywhere) continue
    const namespaces = extent.everywhere ? own.namespaces : extent.namespaces.filter(namespace => own.namespaces.includes(namespace))
    extent = { everywhere: false, namespaces }
    if (namespaces.length === 0) break
  }
  return extent
}

function extentOfNeed(need: ClusterNeed, seeker: Seeker): Extent {
  const name = fixedName(need)
  if (need.namespace !== 'target') {
    const namespace = need.namespace === 'cluster' ? undefined : need.namespace.name
    return { everywhere: decisionOn(seeker, requestOf(need, namespace, name)) !== undefined, namespaces: [] }
  }
  // What cluster role bindings allow without a namespace they allow in every one.
  if (decisionOn(seeker, requestOf(need, undefined, name)) !== undefined) return { everywhere: true, namespaces: [] }
  const namespaces = seeker.contents.view
    .namespacesOf(seeker.identities, seeker.contents.namespaces)
    .filter(namespace => decisionOn(seeker, requestOf(need, namespace, name)) !== undefined)
  return { everywhere: false, namespaces }
}

/** Whether all needs of a rule are met for one target by its name. */
const isMetFor = ({ needs }: ClusterEscalation, seeker: Seeker, { namespace, name }: Placed): boolean =>
  needs.every(need => {
    const where = need.namespace === 'target' ? namespace : need.namespace === 'cluster' ? undefined : need.namespace.name
    return decisionOn(seeker, requestOf(need, where, need.name === 'target' ? name : fixedName(need))) !== undefined
  })

interface Found {
  readonly to: readonly NodeList[]
  /** The target of a node, for what the link stands on. */
  placeOf(node: string): Placed
}

type Finds = (rule: ClusterEscalation, seeker: Seeker, extent: Extent) => Found

const nowhere: Placed = { namespace: '', name: '' }

/** Targets that lie in namespaces: by lists where the name does not matter, one by one where a rule of RBAC names some. */
const inNamespaces =
  (
    targets: (contents: ClusterContents) => readonly Placed[],
    lists: (contents: ClusterContents, namespace: string | undefined) => NodeList,
    nodeOf: (label: string, namespace: string, name: string) => string,
  ): Finds =>
  (rule, seeker, extent) => {
    const { contents } = seeker
    const places = new Map<string, Placed>()
    const node = (place: Placed) => nodeOf(contents.view.label, place.namespace, place.name)
    const to = extent.everywhere ? [lists(contents, undefined)] : extent.namespaces.map(namespace => lists(contents, namespace))
    if (!extent.everywhere && rule.needs.some(({ name }) => name === 'target') && contents.view.namesResources(seeker.identities)) {
      const one = targets(contents).filter(place => !extent.namespaces.includes(place.namespace) && isMetFor(rule, seeker, place))
      to.push(listOf(one.map(node)))
    }
    return {
      to,
      placeOf(id) {
        if (places.size === 0) for (const place of targets(contents)) places.set(node(place), place)
        return places.get(id) ?? nowhere
      },
    }
  }

const forCluster =
  (to: (seeker: Seeker, rule: ClusterEscalation) => NodeList): Finds =>
  (rule, seeker, { everywhere }) => ({ to: everywhere ? [to(seeker, rule)] : [], placeOf: () => nowhere })

const administrator = ({ contents }: Seeker): NodeList => listOf([clusterAdmin(contents.view.label)])

/** Users or groups that bindings name: all of them where the name does not matter, else those that a rule of RBAC names. */
const subjectsOf =
  (kind: 'user' | 'group'): Finds =>
  (rule, seeker, { everywhere }) => {
    const { contents, identities } = seeker
    const { label } = contents.view
    const nodeOf = kind === 'user' ? userNode : groupNode
    const placeOf = (node: string) => ({ namespace: '', name: contents.namesOf(kind).find(name => nodeOf(label, name) === node) ?? '' })
    if (everywhere) return { to: [contents.subjectsOf(kind)], placeOf }
    if (!contents.view.namesResources(identities)) return { to: [], placeOf }
    const allowed = contents.namesOf(kind).filter(name => isMetFor(rule, seeker, { namespace: '', name }))
    return { to: [listOf(allowed.map(name => nodeOf(label, name)))], placeOf }
  }

/** What each rule leads to. */
const finds: Readonly<Record<ClusterOver, Finds>> = {
  'service accounts of a namespace': inNamespaces(
    contents => contents.serviceAccounts,
    (contents, namespace) => contents.serviceAccountsOf(namespace),
    serviceAccountNode,
  ),
  'service account': inNamespaces(
    contents => contents.serviceAccounts,
    (contents, namespace) => contents.serviceAccountsOf(namespace),
    serviceAccountNode,
  ),
  pod: inNamespaces(
    contents => contents.view.cluster.pods,
    (contents, namespace) => contents.podsOf(namespace),
    podNode,
  ),
  'role of a service account': (rule, seeker, extent) => {
    const met = seeker.accountsWithRoles.filter(({ place }) => extent.everywhere || isMetFor(rule, seeker, place))
    return {
      to: [listOf([...new Set(met.flatMap(({ roles }) => roles))])],
      placeOf: role => met.find(({ roles }) => roles.includes(role))?.place ?? nowhere,
    }
  },
  'nodes from a namespace': (_, { contents }, extent) => {
    const namespace = (extent.everywhere ? contents.namespaces : extent.namespaces).find(each => contents.letsPrivilegedPodsIn(each))
    return { to: namespace === undefined ? [] : [contents.machines], placeOf: () => ({ namespace: namespace ?? '', name: '' }) }
  },
  nodes: forCluster(({ contents }) => contents.machines),
  cluster: forCluster(administrator),
  'IAM principal in cluster': forCluster(seeker =>
    seeker.arn === undefined || seeker.contents.view.cluster.authenticationMode === 'API' ? listOf([]) : administrator(seeker),
  ),
  user: subjectsOf('user'),
  group: subjectsOf('group'),
}

function linkOf(rule: ClusterEscalation, seeker: Seeker): Link[] {
  const { to, placeOf } = finds[rule.over](rule, seeker, extentOf(rule, seeker))
  const lists = to.filter(({ ids }) => ids.length > 0)
  return lists.map(list => ({
    how: rule.id,
    title: rule.title,
    to: list,
    assuming: rule.assuming,
    because: target => rule.needs.map(need => reasonOf(need, seeker, placeOf(target))),
  }))
}

function reasonOf(need: ClusterNeed, seeker: Seeker, { namespace, name }: Placed): Reason {
  const where = need.namespace === 'target' ? namespace : need.namespace === 'cluster' ? undefined : need.namespace.name
  const request = requestOf(need, where, need.name === 'target' ? name : fixedName(need))
  const { label } = seeker.contents.view
  return { fact: `cluster ${label}: ${describeAttributes(request)} is allowed. ${decisionOn(seeker, request) ?? ''}` }
}

/** A Kubernetes request in words. */
export const describeAttributes = ({ verb, apiGroup, resource, subresource, namespace, name }: ResourceAttributes): string =>
  [
    verb,
    `${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${subresource === undefined ? '' : `/${subresource}`}`,
    ...(name === undefined ? [] : [JSON.stringify(name)]),
    ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
  ].join(' ')
