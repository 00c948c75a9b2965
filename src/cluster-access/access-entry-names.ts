/** The user name of a STANDARD entry made without one. EKS User Guide, "Create access entries", "Username". */
export function defaultUsername(principalArn: string): string {
  const [, , , , account = '', resource = ''] = principalArn.split(':')
  if (!resource.startsWith('role/')) return principalArn
  return `arn:aws:sts::${account}:assumed-role/${resource.slice(resource.lastIndexOf('/') + 1)}/{{SessionName}}`
}

/** The user name of each entry type whose user name EKS chooses, and its groups. EKS User Guide, "Access entry types". */
export const nodeEntryTypes: { readonly [type: string]: { readonly username: string; readonly groups: readonly string[] } } = {
  EC2_LINUX: { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] },
  EC2_WINDOWS: { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes', 'eks:kube-proxy-windows'] },
  FARGATE_LINUX: { username: 'system:node:{{SessionName}}', groups: ['system:bootstrappers', 'system:nodes', 'system:node-proxier'] },
  HYBRID_LINUX: { username: 'system:node:{{SessionName}}', groups: ['system:nodes'] },
  // EKS documents neither; these nodes join as hybrid ones do, by a session of their role.
  HYPERPOD_LINUX: { username: 'system:node:{{SessionName}}', groups: ['system:nodes'] },
  EC2: { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes'] },
}

/** Prefixes that EKS and Kubernetes keep for themselves. EKS User Guide, "Create access entries". */
export const reservedUsernamePrefixes = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:']
/** Groups may not begin with these either. */
export const reservedGroupPrefixes = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:']
