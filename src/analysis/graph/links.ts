import type { Justification } from './answers.ts'

/** Names of nodes that a link leads to. Lists that many links share are one object, so that they are followed once. */
export interface NodeList {
  readonly ids: readonly string[]
  /** It is a shared list but for some. */
  readonly but?: { readonly shared: NodeList; readonly except: ReadonlySet<string> }
}

/** A way from a node to others. */
export interface Link {
  /** The rule's id. */
  readonly how: string
  /** What whoever takes it does, in the third person. */
  readonly title: string
  readonly to: NodeList
  /** What must be there besides. */
  readonly assuming?: string | undefined
  /** Why it leads to one of its nodes: each decision, made again. */
  because(target: string): readonly Reason[]
}

/** A decision, or a fact of the snapshot, that a link stands on. */
export type Reason = Justification | { readonly fact: string }

/** Everything in an account. */
export const accountAdmin = (account: string): string => `administrator of account ${account}`
/** Everything in a cluster. */
export const clusterAdmin = (cluster: string): string => `administrator of cluster ${cluster}`

export const listOf = (ids: readonly string[]): NodeList => ({ ids })

/** A shared list without some of it; the list itself when nothing is left out. */
export function listBut(shared: NodeList, except: ReadonlySet<string>): NodeList {
  if (except.size === 0) return shared
  if (shared.but) return listOf(shared.ids.filter(id => !except.has(id)))
  let ids: readonly string[] | undefined
  return {
    but: { shared, except },
    get ids() {
      ids ??= shared.ids.filter(id => !except.has(id))
      return ids
    },
  }
}
