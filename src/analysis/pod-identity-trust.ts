import { compilePolicy, decide, parsePolicy } from '../policy/index.ts'
import { podsService } from '../types/pods-service.ts'

export { podsService } from '../types/pods-service.ts'

/** A service account with an association, as the session of its pods is tagged. */
export interface AssociatedServiceAccount {
  readonly account: string
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string
}

/**
 * What a role's trust policy does not let EKS Pod Identity do for a service account; empty when the role may be assumed.
 * @param text  the trust policy
 * @see         EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity"
 */
export function refusedToPods(text: string, roleArn: string, { account, cluster, namespace, serviceAccount }: AssociatedServiceAccount) {
  const resource = compilePolicy(parsePolicy(text, 'trust'), { id: 'trust policy', type: 'trust' })
  const context = {
    'aws:SourceAccount': account,
    'aws:RequestTag/eks-cluster-name': cluster,
    'aws:RequestTag/kubernetes-namespace': namespace,
    'aws:RequestTag/kubernetes-service-account': serviceAccount,
  }
  return ['sts:AssumeRole', 'sts:TagSession'].filter(
    action =>
      decide(
        { principal: { type: 'service', service: podsService }, action, resource: roleArn, context },
        { identity: [], resource, resourceMustAllow: true },
      ).effect !== 'allowed',
  )
}
