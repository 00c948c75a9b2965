// ARNs of EKS's resources. Service Authorization Reference, "Resource types defined by Amazon Elastic Kubernetes Service".

/** An access entry's ARN names the principal's kind, account, name and an id of its own. */
export function accessEntryArn(region: string, account: string, clusterName: string, principalArn: string, entryId: string): string {
  const [, , , , principalAccount = '', resource = ''] = principalArn.split(':')
  const kind = resource.split('/')[0] ?? ''
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  return `arn:aws:eks:${region}:${account}:access-entry/${clusterName}/${kind}/${principalAccount}/${name}/${entryId}`
}

export const podIdentityAssociationArn = (region: string, account: string, clusterName: string, associationId: string) =>
  `arn:aws:eks:${region}:${account}:podidentityassociation/${clusterName}/${associationId}`

/** The ARN that policies on entries that do not exist yet are asked about. */
export const anyAccessEntryArn = (region: string, account: string, clusterName: string) =>
  `arn:aws:eks:${region}:${account}:access-entry/${clusterName}/*`

/** ARNs of what a cluster has: `arn:aws:eks:REGION:ACCOUNT:nodegroup/CLUSTER/NAME/UUID` and its like. */
export const resourceArn = (region: string, account: string, kind: string, ...names: readonly string[]) =>
  `arn:aws:eks:${region}:${account}:${kind}/${names.join('/')}`
