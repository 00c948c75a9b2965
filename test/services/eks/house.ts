import type { AwsAuthData } from '../../../src/cluster-access/aws-auth.ts'
import { operations as eks } from '../../../src/services/eks/index.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { account, type House, openHouse } from '../call.ts'
import { trusting } from '../iam/house.ts'

export const clusterRole = `arn:aws:iam::${account}:role/eks-cluster`
export const clusterArn = (name: string) => `arn:aws:eks:us-east-1:${account}:cluster/${name}`

/** A local cluster on an Outpost. */
export const localCluster = (more: object = {}) =>
  demoCluster({
    roleArn: `arn:aws:iam::${account}:role/eks-local-cluster`,
    outpostConfig: { outpostArns: [`arn:aws:outposts:us-east-1:${account}:outpost/op-1`], controlPlaneInstanceType: 'm5.large' },
    ...more,
  })

/** A cluster as most tests want it; parts may differ. */
export const demoCluster = (more: object = {}) => ({
  name: 'demo',
  roleArn: clusterRole,
  resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
  ...more,
})

/** Clusters that become ACTIVE as soon as they are made, and do not run; all that they hold is their aws-auth ConfigMap. */
export function clustersAtOnce(store: Store) {
  const maps = new Map<string, AwsAuthData>()
  return {
    defaultKind: 'embedded',
    start: (id: string) => store.write(tx => tx.updateTable('clusters').set({ status: 'ACTIVE' }).where('id', '=', id).execute()),
    stop: async () => undefined,
    awsAuth: async (id: string) => maps.get(id),
    async editAwsAuth(id: string, edit: (data: AwsAuthData) => AwsAuthData | undefined) {
      const data = edit(maps.get(id) ?? {})
      if (data) maps.set(id, data)
    },
  }
}

/** A house with the roles that clusters have, whose clusters become ACTIVE as soon as they are made. */
export async function eksHouse(): Promise<House> {
  const house = await openHouse([...iam, ...eks])
  Object.assign(house.world, { clusters: clustersAtOnce(house.world.store) })
  const services = { 'eks-cluster': 'eks.amazonaws.com', 'eks-local-cluster': 'ec2.amazonaws.com' }
  for (const [RoleName, Service] of Object.entries(services))
    await house.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ Service }) })
  return house
}

/** Lets a user do what statements say, on everything where they name no resource, and nothing else. */
export const allowUser = (house: House, UserName: string, ...statements: object[]) =>
  house.call('PutUserPolicy', {
    UserName,
    PolicyName: 'p',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: statements.map(statement => ({ Effect: 'Allow', Resource: '*', ...statement })),
    }),
  })
