import { createAuthorizer } from '../../../src/identity/authorizer.ts'
import { assumedRoleArn } from '../../../src/identity/arns.ts'
import { newAccessKeyId } from '../../../src/identity/identifiers.ts'
import type { RoleSessionPrincipal } from '../../../src/identity/principal.ts'
import type { BoundObjects } from '../../../src/kubernetes/issuer/bound-objects.ts'
import { openIssuerKeys } from '../../../src/kubernetes/issuer/keys.ts'
import { mintServiceAccountToken, type ServiceAccountTokenRequest } from '../../../src/kubernetes/issuer/service-account-token.ts'
import { operations as eks } from '../../../src/services/eks/index.ts'
import { operations as eksAuth } from '../../../src/services/eks-auth/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { account, type House, openHouse } from '../call.ts'
import { trusting } from '../iam/house.ts'

export const podsService = 'pods.eks.amazonaws.com'
export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
export const clusterArn = `arn:aws:eks:us-east-1:${account}:cluster/demo-cluster-with-a-name`
export const clusterName = 'demo-cluster-with-a-name'

/** A trust policy as the EKS User Guide has it, with conditions if given. */
export const trustsPods = (condition?: object, actions: readonly string[] = ['sts:AssumeRole', 'sts:TagSession']) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: podsService }, Action: actions, ...(condition && { Condition: condition }) }],
  })

export interface PodIdentityHouse extends House {
  /** The cluster holds no pod of this id from now on. */
  deletePod(uid: string): void
  /** A token of a pod of the cluster, made by its issuer; parts may differ. */
  podToken(more?: Partial<ServiceAccountTokenRequest>, cluster?: string): Promise<string>
  /** The session that an answer's credentials open. */
  sessionOf(credentials: { readonly accessKeyId: string; readonly sessionToken: string }): Promise<RoleSessionPrincipal>
}

/** A house with a cluster, and the role `app` that pods may have. */
export async function podIdentityHouse(): Promise<PodIdentityHouse> {
  const house = await openHouse([...iam, ...eks, ...eksAuth])
  const { store, secrets, random, sessions } = house.world
  const keys = openIssuerKeys(store, secrets)
  const gone = new Set<string>()
  const clusters = {
    defaultKind: 'embedded',
    start: async () => undefined,
    stop: async () => undefined,
    holds: async (_id: string, { pod }: BoundObjects) => !gone.has(pod?.uid ?? ''),
  }
  Object.assign(house.world, { authorizer: createAuthorizer(store), clusters })
  await house.call('CreateRole', { RoleName: 'eks-cluster', AssumeRolePolicyDocument: trusting({ Service: 'eks.amazonaws.com' }) })
  await house.call('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: trustsPods() })
  const clusterIds: { [name: string]: { id: string; issuer: string } } = {}
  for (const name of [clusterName, 'other']) {
    const { cluster } = await house.call('CreateCluster', {
      name,
      roleArn: roleArn('eks-cluster'),
      resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
    })
    const issuer = cluster.identity.oidc.issuer as string
    clusterIds[name] = { id: issuer.slice(issuer.lastIndexOf('/') + 1), issuer }
    await keys.create(clusterIds[name].id, house.now)
  }
  return Object.assign(house, {
    deletePod: (uid: string) => gone.add(uid),
    async podToken(more: Partial<ServiceAccountTokenRequest> = {}, cluster = clusterName) {
      const { id, issuer } = clusterIds[cluster] as { id: string; issuer: string }
      const request = {
        issuer,
        audiences: [podsService],
        namespace: 'shop',
        serviceAccount: { name: 'checkout', uid: '3e1c0b0e-6f3c-4b8e-9f0f-2f5d7b6f2a11' },
        pod: { name: 'checkout-7d9f6c5b8-x2x4z', uid: '6f3c3e1c-0b0e-4b8e-9f0f-2a112f5d7b6f' },
        lifetimeSeconds: 3_600,
        now: house.now,
        tokenId: random.uuid(),
        ...more,
      }
      return mintServiceAccountToken(request, await keys.signingKey(id, house.now))
    },
    async sessionOf({ accessKeyId, sessionToken }: { accessKeyId: string; sessionToken: string }) {
      const { facts } = sessions.open(accessKeyId, sessionToken) ?? {}
      if (!facts) throw new Error('the credentials are not a session of ours')
      const { kind, account: owner, ownerId, name = '', ...session } = facts
      const row = await store.read(tx =>
        tx
          .selectFrom('roles')
          .selectAll()
          .where('id', '=', ownerId as string)
          .executeTakeFirstOrThrow(),
      )
      if (kind !== 'role') throw new Error(`a session of a ${kind}`)
      return {
        type: 'roleSession' as const,
        account: owner,
        arn: assumedRoleArn(owner, row.name, name),
        principalId: `${row.id}:${name}`,
        accessKeyId: newAccessKeyId('temporary', owner, random),
        roleArn: roleArn(row.name),
        roleId: row.id,
        roleName: row.name,
        sessionName: name,
        session,
      }
    },
  })
}
