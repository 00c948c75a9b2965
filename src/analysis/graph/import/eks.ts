import type { ClusterParts, Origin, SnapshotBuilder } from './builder.ts'
import { type Fields, fieldsOf, objectsOf, textOf, textsOf } from './fields.ts'

/** The cluster that a list without a name is of: the one that the person said, or the only one. */
export function clusterOf(builder: SnapshotBuilder, { source, subject }: Origin): ClusterParts | undefined {
  if (subject !== undefined) return builder.cluster(subject)
  const [only, ...others] = builder.clusters.values()
  if (only && others.length === 0) return only
  builder.gap(`${source} does not say of which cluster it is: give it as CLUSTER=${source}`)
  return undefined
}

/** DescribeCluster. */
export function readCluster({ cluster }: Fields, builder: SnapshotBuilder): void {
  const described = fieldsOf(cluster)
  builder.cluster(textOf(described['name'])).described = described
}

/** ListClusters: their descriptions are wanted too. */
export function readClusterNames({ clusters }: Fields, builder: SnapshotBuilder): void {
  for (const name of [clusters].flat()) if (typeof name === 'string') builder.cluster(name)
}

/** DescribeAccessEntry. */
export function readAccessEntry({ accessEntry }: Fields, builder: SnapshotBuilder): void {
  const entry = fieldsOf(accessEntry)
  builder.cluster(textOf(entry['clusterName'])).entries.set(textOf(entry['principalArn']), entry)
}

/** ListAccessEntries. */
export function readAccessEntryNames({ accessEntries }: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const cluster = clusterOf(builder, origin)
  for (const arn of textsOf(accessEntries)) cluster?.listedEntries.add(arn)
}

/** ListAssociatedAccessPolicies. */
export function readAccessPolicies({ clusterName, principalArn, associatedAccessPolicies }: Fields, builder: SnapshotBuilder): void {
  builder.cluster(textOf(clusterName)).grants.set(
    textOf(principalArn),
    objectsOf(associatedAccessPolicies).map(({ policyArn, accessScope }) => {
      const { type, namespaces } = fieldsOf(accessScope)
      return { policyArn: textOf(policyArn), scope: type === 'namespace' ? 'namespace' : 'cluster', namespaces: textsOf(namespaces) }
    }),
  )
}

/** DescribePodIdentityAssociation. */
export function readAssociation({ association }: Fields, builder: SnapshotBuilder): void {
  const fields = fieldsOf(association)
  builder.cluster(textOf(fields['clusterName'])).associations.set(textOf(fields['associationId']), fields)
}

/** ListPodIdentityAssociations: does not tell the roles. */
export function readAssociations({ associations }: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const [first] = objectsOf(associations)
  const listed = first ? builder.cluster(textOf(first['clusterName'])) : clusterOf(builder, origin)
  if (listed) listed.listsAssociations = true
  for (const association of objectsOf(associations)) {
    const { associations: known } = builder.cluster(textOf(association['clusterName']))
    const id = textOf(association['associationId'])
    if (!known.has(id)) known.set(id, association)
  }
}

/** DescribeNodegroup. */
export function readNodeGroup({ nodegroup }: Fields, builder: SnapshotBuilder): void {
  const group = fieldsOf(nodegroup)
  builder.cluster(textOf(group['clusterName'])).nodeRoles.add(textOf(group['nodeRole']))
}
