import type { ClusterView } from '../graph/cluster-view.ts'
import type { Graph } from '../graph/graph.ts'
import type { AccountSettings, ClusterSettings, SnapshotCluster } from '../graph/snapshot.ts'

/** What checks look at. */
export interface Audited {
  readonly graph: Graph
  readonly now: number
  readonly views: readonly ClusterView[]
}

/** One thing that a check finds. */
export interface Found {
  /** Whom or what it is about. */
  readonly subject: string
  readonly evidence: string
  /** For the places of the mend command: a word, or several. */
  readonly values?: { readonly [place: string]: string | readonly string[] }
  /** The command for this finding, where the check's own does not do. */
  readonly mend?: string
}

/** A check of the audit: one entry of a table. */
export interface Check {
  readonly id: string
  readonly title: string
  readonly severity: 'critical' | 'high' | 'medium' | 'low'
  readonly reference: string
  /** A command with places such as `{user}`; what stays in capitals is for the reader to choose. */
  readonly mend: string
  /** @returns undefined when what it looks at was not read */
  find(audited: Audited): readonly Found[] | undefined
}

/** A word as a shell takes it: names of RBAC's objects, among others, may have characters that mean something to one. */
export const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** The command of a finding; places without a value stay. */
export const mendOf = ({ mend }: Check, { values = {}, mend: own }: Found): string =>
  own ??
  mend
    .replaceAll(/\{(\w+)\}/g, (place, name: string) => {
      const value = values[name]
      return value === undefined ? place : [value].flat().map(shellWord).join(' ')
    })
    .trimEnd()

export const severities = ['critical', 'high', 'medium', 'low'] as const

/** Looks at a setting of the account. */
export const ofSetting =
  <K extends keyof AccountSettings>(name: K, find: (setting: NonNullable<AccountSettings[K]>, now: number) => readonly Found[]) =>
  ({ graph, now }: Audited): readonly Found[] | undefined => {
    const setting = graph.estate.snapshot.account?.[name]
    return setting === undefined ? undefined : find(setting as NonNullable<AccountSettings[K]>, now)
  }

/** Looks at each cluster. */
export const ofClusters =
  (find: (cluster: SnapshotCluster, view: ClusterView, audited: Audited) => readonly Found[]) =>
  (audited: Audited): readonly Found[] =>
    audited.views.flatMap(view =>
      find(view.cluster, view, audited).map(found => ({ ...found, values: { cluster: view.cluster.name, ...found.values } })),
    )

/** Looks at what DescribeCluster tells of each cluster. */
export const ofClusterSettings =
  (find: (settings: ClusterSettings) => string | undefined) =>
  ({ views }: Audited): readonly Found[] | undefined => {
    if (views.some(({ cluster }) => !cluster.settings)) return undefined
    return views.flatMap(({ cluster: { name, arn, settings } }) => {
      const evidence = settings && find(settings)
      return evidence === undefined ? [] : [{ subject: arn, evidence, values: { cluster: name } }]
    })
  }
