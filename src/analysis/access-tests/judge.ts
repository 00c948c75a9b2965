import { identityOf, type ClusterView, type Identity } from '../graph/cluster-view.ts'
import { ask } from '../graph/ask.ts'
import { type Justification, justificationOf } from '../graph/answers.ts'
import type { Graph } from '../graph/graph.ts'
import { attributesOf } from '../graph/kubernetes-resources.ts'
import { goalsNamed, nodeNamed, viewNamed } from '../graph/named.ts'
import { pathBetween, type Step, stepOf } from '../graph/paths.ts'
import { whoCan } from '../graph/who-can.ts'
import { whoCanInCluster } from '../graph/who-can-cluster.ts'
import type { AccessTest } from './parse.ts'

/** One way in which a test does not hold, with its witness. */
export interface Failure {
  readonly problem: string
  /** Neither yes nor no could be said. */
  readonly undetermined: boolean
  /** The decision that was replayed. */
  readonly because?: Justification
  /** The binding or access policy that allows, in Kubernetes' or EKS's words. */
  readonly reason?: string
  /** The way to whoever may. */
  readonly path?: readonly Step[]
}

export interface Judged {
  readonly test: AccessTest
  readonly failures: readonly Failure[]
}

/** Whether a principal may do what was asked, as far as can be said. */
interface Answer {
  readonly outcome: Justification['outcome']
  readonly witness: Pick<Failure, 'because' | 'reason' | 'path'>
  /** What is missing that the answer depends on. */
  readonly dependsOn: readonly string[]
}

/** Judges an access test. What cannot be said for sure fails. */
export function judge(graph: Graph, test: AccessTest): Judged {
  return { test, failures: attempt(() => failuresOf(graph, test)) }
}

/** A principal or cluster that is not there fails its test, not the others. */
function attempt(work: () => Failure[]): Failure[] {
  try {
    return work()
  } catch (problem) {
    return [{ problem: problem instanceof Error ? problem.message : String(problem), undetermined: false }]
  }
}

function failuresOf(graph: Graph, test: AccessTest): Failure[] {
  const { claim, principals, what, on } = test
  if (claim === 'only these may')
    return what.flatMap(action => on.flatMap(resource => attempt(() => others(graph, test, action, resource))))
  return principals.flatMap(principal =>
    what.flatMap(word => {
      if (claim === 'may become' || claim === 'may not become') return attempt(() => pathFailures(graph, principal, word, claim))
      return on.flatMap(resource =>
        attempt(() => {
          const answer = test.isKubernetes
            ? inCluster(graph, test, principal, word, resource)
            : inAccount(graph, test, principal, word, resource)
          return failureOf(answer, claim === 'may', `${principal} ${word} on ${resource}`)
        }),
      )
    }),
  )
}

function failureOf({ outcome, witness, dependsOn }: Answer, wanted: boolean, question: string): Failure[] {
  const missing = dependsOn.length > 0 ? `undetermined: ${question} depends on what is missing: ${dependsOn.join('; ')}` : undefined
  if (outcome === 'undetermined')
    return [{ problem: `undetermined: ${question} has more circumstances than were tried`, undetermined: true, ...witness }]
  const holds = wanted ? outcome === 'allowed' : outcome === 'denied'
  if (holds) return missing === undefined ? [] : [{ problem: missing, undetermined: true, ...witness }]
  const told = { allowed: 'is allowed', conditional: 'is allowed under conditions', denied: 'is denied' }[outcome]
  return [{ problem: `${question} ${told}`, undetermined: false, ...witness }]
}

const whats = (gaps: readonly { readonly what: string }[]): string[] => [...new Set(gaps.map(({ what }) => what))]

/** Links by which a process in a cluster gets roles of AWS without anybody's rights. */
const ownWays = new Set(['irsa', 'pod-identity', 'pod-service-account', 'imds'])

/** An IAM principal is asked itself; a service account or pod by each role that it gets. */
function inAccount(graph: Graph, { context }: AccessTest, principal: string, action: string, resource: string): Answer {
  const node = nodeNamed(graph, principal)
  const { estate } = graph
  const answers = rolesReached(graph, node).map(({ role, path }): Answer => {
    const member = estate.members.get(role)
    if (!member) return { outcome: 'undetermined', witness: { path }, dependsOn: [`the role ${role}`] }
    const verdict = ask(estate, member, { action, resource, context })
    return {
      outcome: verdict.outcome,
      witness: { because: justificationOf(verdict), ...(path.length > 0 && { path }) },
      dependsOn: whats(estate.gapsOf(member.arn, member.account, resource)),
    }
  })
  const missing = node.includes(':serviceaccount:') || node.includes(':pod:') ? gapsOfNode(graph, node) : []
  const best = (['allowed', 'conditional', 'undetermined', 'denied'] as const)
    .map(outcome => answers.find(answer => answer.outcome === outcome))
    .find(answer => answer !== undefined)
  if (!best) return { outcome: 'denied', witness: { reason: `${node} gets no role of AWS` }, dependsOn: missing }
  return {
    ...best,
    dependsOn: [...new Set([...(best.outcome === 'denied' ? answers : [best]).flatMap(({ dependsOn }) => dependsOn), ...missing])],
  }
}

const gapsOfNode = ({ estate, views }: Graph, node: string): string[] =>
  whats(views.filter(({ label }) => node.startsWith(`${label}:`)).flatMap(({ cluster }) => estate.gapsOf(cluster.arn)))

function rolesReached(graph: Graph, start: string): { readonly role: string; readonly path: readonly Step[] }[] {
  if (graph.estate.members.has(start)) return [{ role: start, path: [] }]
  if (graph.estate.groups.has(start)) throw new Error(`${start} is a group, which makes no requests: name its users`)
  const found: { role: string; path: readonly Step[] }[] = []
  const waiting: { node: string; path: readonly Step[] }[] = [{ node: start, path: [] }]
  const seen = new Set([start])
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { node, path } = next
    for (const link of graph.linksOf(node).filter(({ how }) => ownWays.has(how))) {
      for (const id of link.to.ids) {
        if (seen.has(id)) continue
        seen.add(id)
        const reached = { node: id, path: [...path, stepOf(node, link, id)] }
        if (id.startsWith('arn:')) found.push({ role: id, path: reached.path })
        else waiting.push(reached)
      }
    }
  }
  return found
}

function inCluster(graph: Graph, test: AccessTest, principal: string, verb: string, resource: string): Answer {
  const view = viewNamed(graph, test.cluster ?? clusterIn(graph, principal))
  const attributes = attributesIn(test, verb, resource)
  const dependsOn = whats(graph.estate.gapsOf(view.cluster.arn))
  for (const identity of identitiesOf(graph, view, principal)) {
    const { allowed, reason } = view.decide(identity, attributes)
    if (allowed) return { outcome: 'allowed', witness: { reason: `${reason} (known by ${identity.by})` }, dependsOn }
  }
  return { outcome: 'denied', witness: { reason: 'no binding and no access policy allows it' }, dependsOn }
}

function attributesIn({ namespace }: AccessTest, verb: string, resource: string) {
  const attributes = attributesOf(verb, resource, { namespace })
  if (!attributes) throw new Error(`the API group of ${resource} is not known`)
  return attributes
}

const subjectForm = /^(?:(.+):)?(serviceaccount|user|group):(.+)$/
const clusterIn = ({ views }: Graph, principal: string): string | undefined =>
  views.find(({ label }) => principal.startsWith(`${label}:`))?.label

function identitiesOf(graph: Graph, view: ClusterView, principal: string): readonly Identity[] {
  const bare = principal.startsWith(`${view.label}:`) ? principal.slice(view.label.length + 1) : principal
  const [, other, kind = '', name = ''] = bare.startsWith('arn:') ? [] : (subjectForm.exec(bare) ?? [])
  if (other !== undefined) throw new Error(`there is no cluster ${other}`)
  if (kind === 'serviceaccount') {
    const [namespace = '', account = ''] = nodeNamed(graph, `${view.label}:${bare}`)
      .slice(`${view.label}:serviceaccount:`.length)
      .split('/')
    return [identityOf({ kind: 'ServiceAccount', namespace, name: account }, namespace)]
  }
  if (kind !== '') return [identityOf({ kind: kind === 'user' ? 'User' : 'Group', name }, '')]
  const arn = view.mapped.includes(principal) ? principal : nodeNamed(graph, principal)
  return view.identitiesOf(arn, arn.split(':')[4] ?? '')
}

/** Whoever may and is not listed. In the list `*` stands for any text. */
function others(graph: Graph, test: AccessTest, action: string, resource: string): Failure[] {
  const question = `${action} on ${resource}`
  const found = test.isKubernetes ? allInCluster(graph, test, action, resource) : allInAccount(graph, test, action, resource)
  const listed: readonly (string | RegExp)[] = test.principals.flatMap((principal): (string | RegExp)[] =>
    principal.includes('*') ? [patternOf(principal)] : namesOf(graph, principal),
  )
  const isListed = (names: readonly string[]) =>
    names.some(name => listed.some(each => (typeof each === 'string' ? each === name : each.test(name))))
  const failures = found.access
    .filter(({ names }) => !isListed(names))
    .flatMap(({ names, answer }) => failureOf(answer, false, `${names[0]} ${question}`))
  const unsure = found.unsure
    .filter(({ who }) => !isListed([who]))
    .flatMap(({ who, dependsOn }) => failureOf({ outcome: 'denied', witness: {}, dependsOn }, false, `${who} ${question}`))
  const whole = found.dependsOn.length > 0 ? failureOf({ outcome: 'denied', witness: {}, dependsOn: found.dependsOn }, false, question) : []
  return [...failures, ...unsure, ...whole]
}

interface Everybody {
  /** The names by which a test can list each, the fullest first. */
  readonly access: readonly { readonly names: readonly string[]; readonly answer: Answer }[]
  readonly unsure: readonly { readonly who: string; readonly dependsOn: readonly string[] }[]
  readonly dependsOn: readonly string[]
}

function allInAccount({ estate }: Graph, { context }: AccessTest, action: string, resource: string): Everybody {
  const { access, unsure, dependsOn } = whoCan(estate, { action, resource, context })
  return {
    access: access.map(({ who, because, dependsOn: missing }) => ({
      names: [who],
      answer: { outcome: because.outcome, witness: { because }, dependsOn: missing },
    })),
    unsure,
    dependsOn,
  }
}

function allInCluster(graph: Graph, test: AccessTest, verb: string, resource: string): Everybody {
  const view = viewNamed(graph, test.cluster)
  const { access, dependsOn } = whoCanInCluster(graph.estate, view, attributesIn(test, verb, resource))
  return {
    access: access.map(({ who, kind, reason, by }) => {
      const short = kind === 'IAM principal' ? who : `${kind.replace(' ', '')}:${who}`
      return {
        names: kind === 'IAM principal' ? [who] : [`${view.label}:${short}`, short],
        answer: { outcome: 'allowed', witness: { reason: by === undefined ? reason : `${reason} (known by ${by})` }, dependsOn: [] },
      }
    }),
    unsure: [],
    dependsOn,
  }
}

const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')}$`,
  )

/** What is listed: itself, and the user or role that has that name. */
function namesOf({ estate }: Graph, text: string): string[] {
  const named = [...estate.members.values()].filter(({ name, kind }) => kind !== 'root' && name === text).map(({ arn }) => arn)
  if (named.length > 1) throw new Error(`${text} is the name of several: ${named.join(', ')}`)
  return [text, ...named]
}

function pathFailures(graph: Graph, from: string, to: string, claim: 'may become' | 'may not become'): Failure[] {
  const goals = goalsNamed(graph, to)
  const path = pathBetween(graph, nodeNamed(graph, from), node => goals.has(node))
  const wanted = claim === 'may become'
  const missing = whats(graph.estate.gaps)
  const question = `the way from ${from} to ${to}`
  if (path && !wanted) return [{ problem: `${from} can become ${to}`, undetermined: false, path }]
  if (!path && wanted) return [{ problem: `${from} cannot become ${to}: there is no path`, undetermined: false }]
  const assumed = path?.flatMap(({ assuming }) => assuming ?? []) ?? []
  if (assumed.length > 0)
    return [{ problem: `undetermined: ${question} holds if ${assumed.join('; ')}`, undetermined: true, path: path ?? [] }]
  if (missing.length > 0)
    return [{ problem: `undetermined: ${question} depends on what is missing: ${missing.join('; ')}`, undetermined: true }]
  return []
}
