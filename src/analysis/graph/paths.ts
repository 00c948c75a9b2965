import type { Graph } from './graph.ts'
import type { Link, NodeList, Reason } from './links.ts'

/** One step of a path: from whom, how, to whom, and why it is possible. */
export interface Step {
  readonly from: string
  readonly to: string
  /** The rule's id. */
  readonly how: string
  readonly title: string
  readonly because: readonly Reason[]
  readonly assuming?: string
}

/** A shortest path between two nodes. @returns undefined when there is none */
export function pathBetween(graph: Graph, from: string, isGoal: (node: string) => boolean): readonly Step[] | undefined {
  if (isGoal(from)) return []
  const before = new Map<string, { readonly node: string; readonly link: Link } | null>([[from, null]])
  const followed = new Set<NodeList>()
  let edge = [from]
  while (edge.length > 0) {
    const next: string[] = []
    for (const node of edge) {
      for (const link of graph.linksOf(node)) {
        if (followed.has(link.to)) continue
        followed.add(link.to)
        for (const id of link.to.ids) {
          if (before.has(id)) continue
          before.set(id, { node, link })
          if (isGoal(id)) return stepsTo(id, before)
          next.push(id)
        }
      }
    }
    edge = next
  }
  return undefined
}

function stepsTo(goal: string, before: ReadonlyMap<string, { readonly node: string; readonly link: Link } | null>): Step[] {
  const steps: Step[] = []
  for (let at = goal, came = before.get(at); came; at = came.node, came = before.get(at)) steps.unshift(stepOf(came.node, came.link, at))
  return steps
}

export const stepOf = (from: string, link: Link, to: string): Step => ({
  from,
  to,
  how: link.how,
  title: link.title,
  because: link.because(to),
  ...(link.assuming !== undefined && { assuming: link.assuming }),
})

/** A way from somebody who is no administrator to one. */
export interface Escalation {
  readonly from: string
  /** The administrator that is reached. */
  readonly to: string
  /** How many steps the shortest path has. */
  readonly length: number
  /** The shortest path; its reasons are made when they are asked for. */
  steps(): readonly Step[]
}

interface Way {
  readonly from: string
  readonly link: Link
}

/** The shortest way to an administrator from everyone who has one, found backwards from the administrators. */
export class Escalations {
  readonly #next = new Map<string, { readonly link: Link; readonly to: string; readonly length: number }>()
  readonly #links = new Map<string, readonly Link[]>()
  readonly #graph: Graph

  constructor(graph: Graph) {
    this.#graph = graph
    const summits = new Set(graph.summits)
    this.#readLinks(summits)
    this.#climb(summits)
  }

  /** Who may do everything already, in an account or, as an access entry or aws-auth has it, in a cluster. */
  get administrators(): readonly string[] {
    return this.#graph.sources.filter(id => this.#isAdministrator(id))
  }

  #isAdministrator(from: string): boolean {
    let next = this.#next.get(from)
    if (!next) return false
    for (; next; next = this.#next.get(next.to)) if (!isPlain(next.link)) return false
    return true
  }

  /** Of those who can: a service-linked role is in the hands of its service alone, and nobody can take from it what AWS gives it. */
  get escalations(): readonly Escalation[] {
    const administrators = new Set(this.administrators)
    return this.#graph.sources
      .filter(id => this.#next.has(id) && !administrators.has(id) && !id.includes(':role/aws-service-role/'))
      .map(id => this.#escalationOf(id))
      .sort((a, b) => a.length - b.length || (a.from < b.from ? -1 : 1))
  }

  /** Every way from a source, whether it ends at an administrator or not. */
  linksOf = (id: string): readonly Link[] => this.#links.get(id) ?? []

  #escalationOf(from: string): Escalation {
    const way: Way[] = []
    let at = from
    for (let next = this.#next.get(at); next; next = this.#next.get(at)) {
      way.push({ from: at, link: next.link })
      at = next.to
    }
    const ends = [...way.slice(1).map(step => step.from), at]
    return { from, to: at, length: way.length, steps: () => way.map((step, i) => stepOf(step.from, step.link, ends[i] as string)) }
  }

  /** Links of all that can be come by from the sources; not those of administrators, who are where ways end. */
  #readLinks(summits: ReadonlySet<string>): void {
    const lists = new Set<NodeList>()
    const waiting = [...this.#graph.sources]
    while (waiting.length > 0) {
      const id = waiting.pop() as string
      if (this.#links.has(id) || summits.has(id)) continue
      const links = this.#graph.linksOf(id)
      this.#links.set(id, links)
      for (const { to } of links) {
        const shared = to.but?.shared ?? to
        if (lists.has(shared)) continue
        lists.add(shared)
        // What a list leaves out for one is a part of it for others, or a principal that is a source itself.
        for (const next of shared.ids) if (!this.#links.has(next)) waiting.push(next)
      }
    }
  }

  #climb(summits: ReadonlySet<string>): void {
    const ways = new Map<NodeList, Way[]>()
    const listsOf = new Map<string, NodeList[]>()
    for (const [from, links] of this.#links) {
      for (const link of links) {
        const shared = link.to.but?.shared ?? link.to
        const list = ways.get(shared)
        if (list) list.push({ from, link })
        else {
          ways.set(shared, [{ from, link }])
          for (const id of shared.ids) {
            const lists = listsOf.get(id)
            if (lists) lists.push(shared)
            else listsOf.set(id, [shared])
          }
        }
      }
    }
    let edge = [...summits]
    const seen = new Set(edge)
    for (let length = 1; edge.length > 0; length++) {
      const below: string[] = []
      for (const to of edge) {
        for (const list of listsOf.get(to) ?? []) {
          const rest: Way[] = []
          for (const way of ways.get(list) ?? []) {
            const { from, link } = way
            if (seen.has(from)) continue
            if (link.to.but?.except.has(to)) rest.push(way)
            else {
              seen.add(from)
              this.#next.set(from, { link, to, length })
              below.push(from)
            }
          }
          ways.set(list, rest)
        }
      }
      edge = below
    }
  }
}

/** Links that are no way to more rights, but what somebody is. */
const plain = new Set(['administrator', 'cluster-administrator', 'cluster-mapping'])
const isPlain = ({ how }: Link): boolean => plain.has(how)
