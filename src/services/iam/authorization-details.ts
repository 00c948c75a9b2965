import type { Transaction } from '../../store/index.ts'
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
import { attachedToMany } from './attachments.ts'
import { encodeDocument } from './documents.ts'
import type { GroupRow, RoleRow, UserRow } from './entities.ts'
import { instanceProfileList } from './instance-profiles.ts'
import { namedRows } from './listing.ts'
import { type ManagedPolicy, ofCatalogue, ofStore, policyShape, usesOf, versionsWithText } from './managed-policies.ts'
import { pageOf, prefixEnd, rowsWanted, startAfter } from './paging.ts'
import { lastUse, roleList } from './roles.ts'
import { iam } from './service.ts'
import { boundaryMember, groupShape, userShape } from './shapes.ts'
import { tagsMembers } from './tagging.ts'

/** What the answer lists, in this order. */
const stages = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const
type Stage = (typeof stages)[number]

interface Rows {
  readonly User: UserRow
  readonly Group: GroupRow
  readonly Role: RoleRow
  readonly LocalManagedPolicy: ManagedPolicy
  readonly AWSManagedPolicy: ManagedPolicy
}

/** One entity of the answer, with its place in the order. */
type Entry = { [S in Stage]: { readonly stage: S; readonly row: Rows[S]; readonly key: readonly [string, string] } }[Stage]

/**
 * GetAccountAuthorizationDetails: users, groups, roles and policies with all that connects them, in pages over all of them. Of AWS's
 * policies those in use. IAM API Reference, "GetAccountAuthorizationDetails".
 */
export const GetAccountAuthorizationDetails = iam.operation('GetAccountAuthorizationDetails', {
  access: () => anyResource,

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle(input, { tx, account }) {
    const entries = await entriesOf(tx, account, input)
    const { items, end } = pageOf(entries, input, ({ stage, key }) => [stage, ...key])
    const [users, groups, roles, policies] = [
      await userDetails(tx, rowsOf(items, 'User')),
      await groupDetails(tx, rowsOf(items, 'Group')),
      await roleDetails(tx, rowsOf(items, 'Role')),
      await policyDetails(tx, account, [...rowsOf(items, 'LocalManagedPolicy'), ...rowsOf(items, 'AWSManagedPolicy')]),
    ]
    return { UserDetailList: users, GroupDetailList: groups, RoleDetailList: roles, Policies: policies, ...end }
  },
})

const rowsOf = <S extends Stage>(entries: readonly Entry[], stage: S): Rows[S][] =>
  entries.filter(entry => entry.stage === stage).map(({ row }) => row as Rows[S])

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

type Kind = 'user' | 'group' | 'role'
const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)

/** The inline policies of many, by who has them. */
async function inlinePolicies(tx: Transaction, kind: Kind, ids: readonly string[]): Promise<(id: string) => PolicyDetail[]> {
  const rows = await tx
    .selectFrom('inlinePolicies')
    .select(['ownerId', 'name', 'document'])
    .where('ownerKind', '=', kind)
    .where('ownerId', 'in', ids)
    .orderBy('name')
    .execute()
  const byOwner = Map.groupBy(rows, ({ ownerId }) => ownerId)
  return id => (byOwner.get(id) ?? []).map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }))
}

async function userDetails(tx: Transaction, users: readonly UserRow[]): Promise<UserDetail[]> {
  if (users.length === 0) return []
  const ids = idsOf(users)
  const memberships = await tx
    .selectFrom('groupMembers')
    .innerJoin('groups', 'groups.id', 'groupMembers.groupId')
    .select(['userId', 'groups.name'])
    .where('userId', 'in', ids)
    .orderBy('groups.nameKey')
    .execute()
  const groups = Map.groupBy(memberships, ({ userId }) => userId)
  const inline = await inlinePolicies(tx, 'user', ids)
  const attached = await attachedToMany(tx, 'user', ids)
  const tags = await tagsMembers(tx, 'user', ids)
  return users.map(user => {
    const { PasswordLastUsed: _, ...shape } = userShape(user)
    return {
      ...shape,
      UserPolicyList: inline(user.id),
      GroupList: (groups.get(user.id) ?? []).map(({ name }) => name),
      AttachedManagedPolicies: attached(user.id),
      ...boundaryMember(user.boundaryArn),
      ...tags(user.id),
    }
  })
}

async function groupDetails(tx: Transaction, groups: readonly GroupRow[]): Promise<GroupDetail[]> {
  if (groups.length === 0) return []
  const inline = await inlinePolicies(tx, 'group', idsOf(groups))
  const attached = await attachedToMany(tx, 'group', idsOf(groups))
  return groups.map(group => ({
    ...groupShape(group),
    GroupPolicyList: inline(group.id),
    AttachedManagedPolicies: attached(group.id),
  }))
}

async function roleDetails(tx: Transaction, roles: readonly RoleRow[]): Promise<RoleDetail[]> {
  if (roles.length === 0) return []
  const ids = idsOf(roles)
  const shapes = await roleList(tx, roles)
  const profiles = await tx.selectFrom('instanceProfiles').selectAll().where('roleId', 'in', ids).orderBy('nameKey').execute()
  const shown = await instanceProfileList(tx, profiles)
  const profilesOf = Map.groupBy(shown, (_, i) => profiles[i]?.roleId ?? '')
  const inline = await inlinePolicies(tx, 'role', ids)
  const attached = await attachedToMany(tx, 'role', ids)
  const tags = await tagsMembers(tx, 'role', ids)
  return roles.map((role, i) => {
    const { Description: _, MaxSessionDuration: __, ...members } = shapes[i] ?? {}
    return {
      ...members,
      InstanceProfileList: profilesOf.get(role.id) ?? [],
      RolePolicyList: inline(role.id),
      AttachedManagedPolicies: attached(role.id),
      ...boundaryMember(role.boundaryArn),
      ...tags(role.id),
      RoleLastUsed: lastUse(role),
    }
  })
}

async function policyDetails(tx: Transaction, account: string, policies: readonly ManagedPolicy[]): Promise<ManagedPolicyDetail[]> {
  if (policies.length === 0) return []
  const uses = await usesOf(
    tx,
    account,
    policies.map(({ arn }) => arn),
  )
  const versions = await versionsWithText(tx, policies)
  return policies.map(policy => ({
    ...policyShape(policy, uses.get(policy.arn)),
    ...(policy.description === null ? {} : { Description: policy.description }),
    PolicyVersionList: versions(policy).map(({ version, createdAt, document }) => ({
      Document: encodeDocument(document),
      VersionId: `v${version}`,
      IsDefaultVersion: version === policy.defaultVersion,
      CreateDate: new Date(createdAt),
    })),
  }))
}
