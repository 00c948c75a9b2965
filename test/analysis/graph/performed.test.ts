import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { awsEscalations } from '../../../src/analysis/graph/escalations/aws-escalations.ts'
import type { AwsEscalation } from '../../../src/analysis/graph/escalations/aws-escalation.ts'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import type { Link } from '../../../src/analysis/graph/links.ts'
import type { Client } from '../../../src/cli/client.ts'
import { readLiveSnapshot } from '../../../src/cli/live-snapshot.ts'
import { type Actors, awsPerformances, type Performance } from './aws-performances.ts'
import { eksPerformances } from './eks-performances.ts'
import { servicePerformances } from './service-performances.ts'
import { assume, type ClusterAddress, iam, keyOf, makeCluster, makeRole, openStage, refusalOf, type Stage } from './stage.ts'
import { allow, policyOf, roleArn, trusts, userArn } from './world.ts'

let stage: Stage
let cluster: ClusterAddress
beforeAll(async () => {
  stage = await openStage()
  cluster = await makeCluster(stage.admin, 'demo')
}, 180_000)
afterAll(() => stage?.close())

const performances: Readonly<Record<string, Performance>> = { ...awsPerformances, ...eksPerformances, ...servicePerformances }
const performed = awsEscalations.filter(rule => rule.performed)
let count = 0

/** A principal with exactly some rights, and what it is tried on. */
async function cast(
  { as, prepare, grant }: Performance,
  actions: readonly string[],
): Promise<Actors & { readonly me: () => Promise<Client> }> {
  const { admin } = stage
  const own = `p${++count}`
  const name = `${own}-mallory`
  const kind = as === 'role' ? 'Role' : 'User'
  const actors: Actors = { admin, cluster, own, name, node: as === 'role' ? roleArn(name) : userArn(name) }
  await (as === 'role'
    ? makeRole(admin, name, trusts({ AWS: 'arn:aws:iam::111122223333:root' }))
    : iam(admin, 'CreateUser', { UserName: name }))
  if (!grant && actions.length > 0)
    await iam(admin, `Put${kind}Policy`, { [`${kind}Name`]: name, PolicyName: 'rights', PolicyDocument: policyOf(allow(actions)) })
  await prepare?.(actors)
  await grant?.(actors, actions)
  return { ...actors, me: () => (as === 'role' ? assume(admin, roleArn(name)) : keyOf(admin, admin, name)) }
}

async function wayOf(from: string, { id }: AwsEscalation): Promise<Link | undefined> {
  const graph = new Graph(new Estate(await readLiveSnapshot(stage.admin)))
  return graph.linksOf(from).find(({ how }) => how === id)
}

const listUsers = async (client: Client | void) => void (await iam(client as Client, 'ListUsers'))

test('every rule that says that it is performed is', () => {
  expect(Object.keys(performances).sort()).toEqual(performed.map(({ id }) => id).sort())
})

describe('a rule is performed against the running server as it says, and not without one of its actions', () => {
  test.each(performed.map(rule => [rule.id, rule] as const))('%s', { timeout: 60_000 }, async (id, rule) => {
    const performance = performances[id] as Performance
    const { act, goal, proof = listUsers } = performance
    const actions = rule.needs.map(({ action }) => action)

    const cast1 = await cast(performance, actions)
    const me = await cast1.me()
    expect(await refusalOf(() => listUsers(me))).toMatch(/AccessDenied/)
    expect((await wayOf(cast1.node, rule))?.to.ids).toContain(goal(cast1))
    await proof(await act(me, cast1), cast1)

    for (const missing of actions) {
      const mended = await cast(
        performance,
        actions.filter(action => action !== missing),
      )
      expect(await wayOf(mended.node, rule)).toBeUndefined()
      const client = await mended.me()
      // EKS says in a way of its own that its caller may not ask for a service-linked role.
      expect(await refusalOf(() => act(client, mended).then(gained => proof(gained, mended)))).toMatch(
        /AccessDenied|UnauthorizedOperation|InvalidRequestException/,
      )
    }
  })
})
