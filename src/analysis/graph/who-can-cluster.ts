import type { ResourceAttributes } from '../../cluster-access/rules.ts'
import type { ClusterView, Identity } from './cluster-view.ts'
import type { Estate } from './estate.ts'

/** Somebody who may do something in a cluster. */
export interface ClusterAccess {
  /** A user, group or service account of the cluster, or an IAM principal's ARN. */
  readonly who: string
  readonly kind: 'user' | 'group' | 'service account' | 'IAM principal'
  /** In Kubernetes' or EKS's words. */
  readonly reason: string
  /** For IAM principals: what makes them known to the cluster. */
  readonly by?: string
}

export interface WhoCanInCluster {
  readonly access: readonly ClusterAccess[]
  readonly dependsOn: readonly string[]
}

/** Who may do something in a cluster: subjects of bindings, and IAM principals by access entries, access policies and aws-auth. */
export function whoCanInCluster(estate: Estate, view: ClusterView, attributes: ResourceAttributes): WhoCanInCluster {
  const masters: Identity = { user: { username: '', groups: ['system:masters'], extra: {} }, grants: [], by: 'group system:masters' }
  const subjects = [masters, ...view.subjectsAllowed(attributes).filter(({ by }) => by !== masters.by)].flatMap(
    (identity): ClusterAccess[] => {
      const { allowed, reason } = view.decide(identity, attributes)
      const [, kind = '', who = ''] = /^(user|group|service account) (.*)$/.exec(identity.by) ?? []
      return allowed ? [{ who, kind: kind as ClusterAccess['kind'], reason }] : []
    },
  )
  const principals = mappedPrincipals(estate, view).flatMap(({ arn, account }): ClusterAccess[] => {
    for (const identity of view.identitiesOf(arn, account)) {
      const { allowed, reason } = view.decide(identity, attributes)
      if (allowed) return [{ who: arn, kind: 'IAM principal', reason, by: identity.by }]
    }
    return []
  })
  return { access: [...subjects, ...principals], dependsOn: [...new Set(estate.gapsOf(view.cluster.arn).map(({ what }) => what))] }
}

/** Members of the estate, and those of other accounts that only the cluster knows. */
function mappedPrincipals(estate: Estate, view: ClusterView): { readonly arn: string; readonly account: string }[] {
  const members = [...estate.members.values()].map(({ arn, account }) => ({ arn, account }))
  const accountOf = (arn: string) => arn.split(':')[4] ?? ''
  return [...members, ...view.mapped.filter(arn => !estate.members.has(arn)).map(arn => ({ arn, account: accountOf(arn) }))]
}
