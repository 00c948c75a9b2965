import { leastPrivilege } from '../../analysis/least-privilege/least-privilege.ts'
import { type ArnOfName, placeholdersOf } from '../../analysis/least-privilege/resources.ts'
import { callsOf } from '../../audit/calls-of.ts'
import { assumedRoleArn, groupArn, policyArn, roleArn, userArn } from '../../identity/arns.ts'
import type { PolicyPrincipal } from '../../policy/index.ts'
import { LongReadError, type Transaction } from '../../store/index.ts'
import type { JsonObject } from '../../types/json.ts'
import { plain } from './model.ts'
import { analysis, anyResource } from './service.ts'

const day = 86_400_000
/** What the event history keeps. CloudTrail User Guide, "Working with CloudTrail event history". */
const longestDays = 90
/** Refusals that are told. */
const most = 100

/**
 * GetLeastPrivilegePolicy: the smallest policy that covers what a user or a role did, with the proof: every recorded call replayed by the engine under that policy alone.
 * `gatehouse least-privilege`. Who may look the events up may ask.
 */
export const GetLeastPrivilegePolicy = analysis.operation<'GetLeastPrivilegePolicy', readonly JsonObject[]>('GetLeastPrivilegePolicy', {
  access: () => [anyResource, { action: 'cloudtrail:LookupEvents', resource: '*' }],

  async reach({ principalArn, days = longestDays }, { world, account, now }) {
    try {
      return await callsOf(world.store, { account, principalArn, from: now - days * day, to: now })
    } catch (problem) {
      if (!(problem instanceof LongReadError)) throw problem
      throw new analysis.ValidationException(`The record could not be read: ${problem.message}. Ask about fewer days.`)
    }
  },

  async handle({ principalArn }, { tx, account }, records) {
    const principal = await principalOf(tx, account, principalArn)
    const { policy, calls, uses, dropped, replayed, refused } = leastPrivilege(records, principal, await namesOf(tx, account))
    return {
      principalArn,
      ...(policy && { policy: JSON.stringify(policy, undefined, 4) }),
      calls,
      uses: uses.map(use => plain({ ...use, everyResource: use.resources.includes('*') && placeholdersOf(use.action) !== undefined })),
      dropped: dropped.map(one => plain(one)),
      replayed,
      refused: refused.slice(0, most).map(one => plain(one)),
    }
  },
  transaction: 'read',
})

/** As whom the calls are replayed. @throws ResourceNotFoundException */
async function principalOf(tx: Transaction, account: string, arn: string): Promise<PolicyPrincipal> {
  const nameKey = arn.slice(arn.lastIndexOf('/') + 1).toLowerCase()
  const find = (table: 'users' | 'roles') =>
    tx.selectFrom(table).select(['id', 'path', 'name']).where('account', '=', account).where('nameKey', '=', nameKey).executeTakeFirst()
  const user = await find('users')
  if (user && userArn(account, user.path, user.name) === arn) return { type: 'user', account, arn, userId: user.id, userName: user.name }
  const role = await find('roles')
  if (!role || roleArn(account, role.path, role.name) !== arn)
    throw new analysis.ResourceNotFoundException(`The account has no user and no role ${arn}.`)
  const sessionName = 'replay'
  return {
    type: 'roleSession',
    account,
    arn: assumedRoleArn(account, role.name, sessionName),
    roleArn: arn,
    roleId: role.id,
    sessionName,
    serviceLinked: role.path.startsWith('/aws-service-role/'),
  }
}

const named = [
  ['user', 'users', userArn],
  ['role', 'roles', roleArn],
  ['group', 'groups', groupArn],
  ['policy', 'policies', policyArn],
] as const

/** ARNs by name, whose path the record does not always tell. */
async function namesOf(tx: Transaction, account: string): Promise<ArnOfName> {
  const arns = new Map<string, string>()
  for (const [type, table, arnOf] of named) {
    const rows = await tx.selectFrom(table).select(['path', 'name']).where('account', '=', account).execute()
    for (const { path, name } of rows) arns.set(`${type}/${name.toLowerCase()}`, arnOf(account, path, name))
  }
  return (type, name) => arns.get(`${type}/${name.slice(name.lastIndexOf('/') + 1).toLowerCase()}`)
}
