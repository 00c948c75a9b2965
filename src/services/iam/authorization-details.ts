import type { Selectable } from 'kysely'
import type { Database, Transaction } from '../../store/index.ts'
import type {
  GetAccountAuthorizationDetailsRequest,
  GroupDetail,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from '../../wire/models/iam.ts'
import { managedPolicies } from '../../catalogue/managed-policies.ts'
import { anyResource } from './access.ts'
import { attachedPolicies } from './attachments.ts'
import { encodeDocument } from './documents.ts'
import type { GroupRow, RoleRow, UserRow } from './entities.ts'
import { instanceProfileList } from './instance-profiles.ts'
import { namedRows } from './listing.ts'
import { documentOf, type ManagedPolicy, ofCatalogue, ofStore, policyShape, usesOf, versionsOf } from './managed-policies.ts'
import { pageOf, prefixEnd, rowsWanted, startAfter } from './paging.ts'
import { lastUse, roleList } from './roles.ts'
import { iam } from './service.ts'
import { boundaryMember, groupShape, userShape } from './shapes.ts'
import { tagsMember } from './tagging.ts'

/** What the answer lists, in this order. */
const stages = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const
type Stage = (typeof stages)[number]

/** One entity of the answer, with its place in the order. */
type Entry =
  | { stage: 'User'; row: UserRow; key: readonly [string, string] }
  | { stage: 'Group'; row: GroupRow; key: readonly [string, string] }
  | { stage: 'Role'; row: RoleRow; key: readonly [string, string] }
  | { stage: 'LocalManagedPolicy' | 'AWSManagedPolicy'; row: ManagedPolicy; key: readonly [string, string] }

/**
 * GetAccountAuthorizationDetails: users, groups, roles and policies with all that connects them, in pages over all of them. Of AWS's
 * policies those in use. IAM API Reference, "GetAccountAuthorizationDetails".
 */
export const GetAccountAuthorizationDetails = iam.operation('GetAccountAuthorizationDetails', {
  access: () => anyResource,

  async handle(input, { tx, account }) {
    const entries = await entriesOf(tx, account, input)
    const { items, end } = pageOf(entries, input, ({ stage, key }) => [stage, ...key])
    const users: UserDetail[] = []
    const groups: GroupDetail[] = []
    const roles: RoleDetail[] = []
    const policies: ManagedPolicyDetail[] = []
    for (const entry of items) {
      if (entry.stage === 'User') users.push(await userDetail(tx, entry.row))
      else if (entry.stage === 'Group') groups.push(await groupDetail(tx, entry.row))
      else if (entry.stage === 'Role') roles.push(await roleDetail(tx, entry.row))
      else policies.push(await policyDetail(tx, account, entry.row))
    }
    return { UserDetailList: users, GroupDetailList: groups, RoleDetailList: roles, Policies: policies, ...end }
  },
})

async function entriesOf(tx: Transaction, account: string, input: GetAccountAuthorizationDetailsRequest): Promise<Entry[]> {
  const limit = rowsWanted(input)
  const [markerStage, ...after] = startAfter(input, 3) ?? []
  const first = markerStage === undefined ? 0 : stages.indexOf(markerStage as Stage)
  const entries: Entry[] = []
  for (const stage of stages.slice(Math.max(first, 0))) {
    if (entries.length >= limit) break
    if (input.Filter && input.Filter.length > 0 && !input.Filter.includes(stage)) continue
    entries.push(...(await stageEntries(tx, account, stage, stage === markerStage ? after : undefined, limit - entries.length)))
  }
  return entries
}

async function stageEntries(
  tx: Transaction,
  account: string,
  stage: Stage,
  after: readonly string[] | undefined,
  limit: number,
): Promise<Entry[]> {
  const keyOf = (row: { path: string; nameKey: string }) => [row.path, row.nameKey] as const
  switch (stage) {
    case 'User':
      return (await namedRows(tx, 'users', account, {}, after, limit)).map(row => ({ stage, row, key: keyOf(row) }))
    case 'Group':
      return (await namedRows(tx, 'groups', account, {}, after, limit)).map(row => ({ stage, row, key: keyOf(row) }))
    case 'Role':
      return (await namedRows(tx, 'roles', account, {}, after, limit)).map(row => ({ stage, row, key: keyOf(row) }))
    case 'LocalManagedPolicy':
      return (await namedRows(tx, 'policies', account, {}, after, limit)).map(row => ({ stage, row: ofStore(row), key: keyOf(row) }))
    case 'AWSManagedPolicy': {
      const used = (await usedAwsArns(tx, account)).filter(arn => after === undefined || arn > (after[0] ?? ''))
      return used.slice(0, limit).flatMap(arn => {
        const policy = managedPolicies().get(arn)
        return policy ? [{ stage, row: ofCatalogue(policy), key: [arn, ''] as const }] : []
      })
    }
  }
}

async function usedAwsArns(tx: Transaction, account: string): Promise<string[]> {
  const prefix = 'arn:aws:iam::aws:policy/'
  const rows = await tx
    .selectFrom('policyAttachments')
    .select('policyArn')
    .distinct()
    .where('account', '=', account)
    .where('policyArn', '>=', prefix)
    .where('policyArn', '<', prefixEnd(prefix))
    .orderBy('policyArn')
    .execute()
  return rows.map(({ policyArn }) => policyArn)
}

async function inlinePolicies(tx: Transaction, kind: 'user' | 'group' | 'role', id: string): Promise<PolicyDetail[]> {
  const rows = await tx
    .selectFrom('inlinePolicies')
    .select(['name', 'document'])
    .where('ownerKind', '=', kind)
    .where('ownerId', '=', id)
    .orderBy('name')
    .execute()
  return rows.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }))
}

async function userDetail(tx: Transaction, user: UserRow): Promise<UserDetail> {
  const { PasswordLastUsed: _, ...shape } = userShape(user)
  const groups = await tx
    .selectFrom('groupMembers')
    .innerJoin('groups', 'groups.id', 'groupMembers.groupId')
    .select('groups.name')
    .where('userId', '=', user.id)
    .orderBy('groups.nameKey')
    .execute()
  return {
    ...shape,
    UserPolicyList: await inlinePolicies(tx, 'user', user.id),
    GroupList: groups.map(({ name }) => name),
    AttachedManagedPolicies: await attachedPolicies(tx, { kind: 'user', id: user.id }),
    ...boundaryMember(user.boundaryArn),
    ...(await tagsMember(tx, { kind: 'user', id: user.id })),
  }
}

const groupDetail = async (tx: Transaction, group: GroupRow): Promise<GroupDetail> => ({
  ...groupShape(group),
  GroupPolicyList: await inlinePolicies(tx, 'group', group.id),
  AttachedManagedPolicies: await attachedPolicies(tx, { kind: 'group', id: group.id }),
})

async function roleDetail(tx: Transaction, role: RoleRow): Promise<RoleDetail> {
  const [shape] = await roleList(tx, [role])
  const { Description: _, MaxSessionDuration: __, ...members } = shape ?? {}
  const profiles: Selectable<Database['instanceProfiles']>[] = await tx
    .selectFrom('instanceProfiles')
    .selectAll()
    .where('roleId', '=', role.id)
    .orderBy('nameKey')
    .execute()
  return {
    ...members,
    InstanceProfileList: await instanceProfileList(tx, profiles),
    RolePolicyList: await inlinePolicies(tx, 'role', role.id),
    AttachedManagedPolicies: await attachedPolicies(tx, { kind: 'role', id: role.id }),
    ...boundaryMember(role.boundaryArn),
    ...(await tagsMember(tx, { kind: 'role', id: role.id })),
    RoleLastUsed: lastUse(role),
  }
}

async function policyDetail(tx: Transaction, account: string, policy: ManagedPolicy): Promise<ManagedPolicyDetail> {
  const uses = await usesOf(tx, account, [policy.arn])
  const versions = await versionsOf(tx, policy)
  return {
    ...policyShape(policy, uses.get(policy.arn)),
    ...(policy.description === null ? {} : { Description: policy.description }),
    PolicyVersionList: await Promise.all(
      versions.map(async ({ version, createdAt }) => ({
        Document: encodeDocument((await documentOf(tx, policy, version)) ?? ''),
        VersionId: `v${version}`,
        IsDefaultVersion: version === policy.defaultVersion,
        CreateDate: new Date(createdAt),
      })),
    ),
  }
}
