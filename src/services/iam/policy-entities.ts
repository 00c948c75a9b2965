import type { Transaction } from '../../store/index.ts'
import { policyAccess } from './access.ts'
import type { PolicyRow } from './entities.ts'
import { requirePolicy } from './managed-policies.ts'
import { type PageRequest, pageOf, prefixEnd, rowsWanted, startAfter } from './paging.ts'
import { iam } from './service.ts'

type OwnerKind = 'group' | 'role' | 'user'

/** One use of a policy: attached to somebody, or as somebody's boundary. */
interface Use {
  readonly usage: 'attached' | 'boundary'
  readonly kind: OwnerKind
  readonly id: PolicyRow['id']
  readonly name: string
}

/** Uses are listed in this order, each in order of unique id. */
const stages: readonly Pick<Use, 'usage' | 'kind'>[] = [
  { usage: 'attached', kind: 'group' },
  { usage: 'attached', kind: 'role' },
  { usage: 'attached', kind: 'user' },
  { usage: 'boundary', kind: 'role' },
  { usage: 'boundary', kind: 'user' },
]

const tables = { group: 'groups', role: 'roles', user: 'users' } as const
const kindsOfFilter: { readonly [filter: string]: OwnerKind } = { Group: 'group', Role: 'role', User: 'user' }

/** ListEntitiesForPolicy. IAM API Reference, "ListEntitiesForPolicy". */
export const ListEntitiesForPolicy = iam.operation('ListEntitiesForPolicy', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle(input, { tx, account }) {
    const policy = await requirePolicy(tx, account, input.PolicyArn)
    const { EntityFilter, PolicyUsageFilter } = input
    const kind = EntityFilter === undefined ? undefined : kindsOfFilter[EntityFilter]
    const usage = PolicyUsageFilter === undefined ? undefined : PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'attached'
    // The filters LocalManagedPolicy and AWSManagedPolicy tell policies, not entities, apart: no entity is of these kinds.
    const wantedStages = stages.filter(
      stage => (EntityFilter === undefined || stage.kind === kind) && (usage === undefined || stage.usage === usage),
    )

    const limit = rowsWanted(input)
    const [stageBefore, idBefore] = startAfter(input, 2) ?? []
    const uses: Use[] = []
    for (const stage of wantedStages) {
      const name = `${stage.usage} ${stage.kind}`
      const position = stages.findIndex(({ usage, kind }) => `${usage} ${kind}` === stageBefore)
      if (stages.indexOf(stage) < position || uses.length >= limit) continue
      const after = name === stageBefore ? idBefore : undefined
      // Without a filter an entity is told once, though the policy may be attached to it and bound it too.
      const once = stage.usage === 'boundary' && usage === undefined
      uses.push(
        ...(await usesAt(tx, account, policy.arn, stage, { after, limit: limit - uses.length, once, pathPrefix: input.PathPrefix })),
      )
    }
    const { items, end } = pageOf(uses, input as PageRequest, use => [`${use.usage} ${use.kind}`, use.id])
    const of = (wanted: OwnerKind) => items.filter(use => use.kind === wanted)
    return {
      PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...end,
    }
  },
})

interface Range {
  readonly after: string | undefined
  readonly limit: number
  /** Leave out whom the policy is attached to as well. */
  readonly once: boolean
  readonly pathPrefix: string | undefined
}

async function usesAt(
  tx: Transaction,
  account: string,
  arn: string,
  { usage, kind }: Pick<Use, 'usage' | 'kind'>,
  { after = '', limit, once, pathPrefix = '/' }: Range,
): Promise<Use[]> {
  // Users, groups and roles have these columns alike; users stand for all in the types.
  const table = tables[kind] as 'users'
  const attached = () =>
    tx
      .selectFrom('policyAttachments')
      .innerJoin(table, `${table}.id`, 'policyAttachments.ownerId')
      .select([`${table}.id`, `${table}.name`])
      .where('policyAttachments.account', '=', account)
      .where('policyAttachments.policyArn', '=', arn)
      .where('policyAttachments.ownerKind', '=', kind)
      .where('policyAttachments.ownerId', '>', after)
      .where(`${table}.path`, '>=', pathPrefix)
      .where(`${table}.path`, '<', prefixEnd(pathPrefix))
      .orderBy('policyAttachments.ownerId')
      .limit(limit)
      .execute()
  const bounded = () =>
    tx
      .selectFrom(table)
      .select([`${table}.id`, `${table}.name`])
      .where(`${table}.account`, '=', account)
      .where(`${table}.boundaryArn`, '=', arn)
      .where(`${table}.id`, '>', after)
      .where(`${table}.path`, '>=', pathPrefix)
      .where(`${table}.path`, '<', prefixEnd(pathPrefix))
      .$if(once, query =>
        query.where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('policyAttachments')
                .select('ownerId')
                .where('ownerKind', '=', kind)
                .whereRef('ownerId', '=', `${table}.id`)
                .where('policyArn', '=', arn),
            ),
          ),
        ),
      )
      .orderBy(`${table}.id`)
      .limit(limit)
      .execute()
  const rows = await (usage === 'attached' ? attached() : bounded())
  return rows.map(({ id, name }) => ({ usage, kind, id, name }))
}
