import { clusterOfName } from '../../kubernetes/cluster-of-name.ts'
import { accessPolicies, accessPolicy } from '../../catalogue/access-policies.ts'
import { recordChange } from '../../store/index.ts'
import type { AccessPolicyAssociationsTable } from '../../store/tables/eks.ts'
import type { AccessScope, AssociatedAccessPolicy } from '../../wire/models/eks.ts'
import type { AccessContext } from '../operation.ts'
import { pageByName } from './access.ts'
import { entryAccess, requireEntry } from './access-entries.ts'
import { refuseManagedEntry } from './managed-access.ts'
import { eks } from './service.ts'

/** ListAccessPolicies: the access policies that there are. EKS API Reference, "ListAccessPolicies". */
export const ListAccessPolicies = eks.operation('ListAccessPolicies', {
  access: () => ({ resource: '*' }),
  async handle(input) {
    const { page, nextToken } = pageByName(accessPolicies, ({ name }) => name, input)
    return { accessPolicies: page.map(({ name, arn }) => ({ name, arn })), nextToken }
  },
})

/** AssociateAccessPolicy: gives an entry the permissions of an access policy, in the whole cluster or in namespaces. EKS API Reference, "AssociateAccessPolicy". */
export const AssociateAccessPolicy = eks.operation('AssociateAccessPolicy', {
  async access(input, context) {
    const statement = await entryAccess(input, context)
    const keys = {
      'eks:policyArn': input.policyArn,
      'eks:accessScope': input.accessScope.type,
      'eks:namespaces': input.accessScope.namespaces,
    }
    return { ...statement, keys: { ...statement.keys, ...keys } }
  },

  async handle({ clusterName, principalArn, policyArn, accessScope }, { tx, now, ...place }) {
    const { cluster, entry } = await requireEntry(tx, place, clusterName, principalArn)
    refuseManagedEntry(principalArn, clusterName)
    if (!typesWithPolicies.has(entry.type))
      throw new eks.InvalidRequestException('This operation can only be performed on Access Entries with a type of "STANDARD"', {
        clusterName,
      })
    const policy = accessPolicy(policyArn)
    if (!policy)
      throw isPolicyArn(policyArn)
        ? new eks.ResourceNotFoundException('The specified policyArn could not be found.', { clusterName })
        : new eks.InvalidParameterException(`The policyArn parameter format is not valid`, { clusterName })
    if (policy.serviceLinkedRolesOnly)
      throw new eks.InvalidParameterException('The specified policyArn can only be associated with service-linked roles', { clusterName })
    const association = {
      clusterId: cluster.id,
      principalArn,
      policyArn,
      ...scopeOf(accessScope),
      associatedAt: now,
      modifiedAt: now,
    }
    await tx
      .insertInto('accessPolicyAssociations')
      .values(association)
      .onConflict(conflict =>
        conflict
          .columns(['clusterId', 'principalArn', 'policyArn'])
          .doUpdateSet({ scope: association.scope, namespaces: association.namespaces, modifiedAt: now }),
      )
      .execute()
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    return { clusterName, principalArn, associatedAccessPolicy: associationShape(association) }
  },
})

/** DisassociateAccessPolicy. EKS API Reference, "DisassociateAccessPolicy". */
export const DisassociateAccessPolicy = eks.operation('DisassociateAccessPolicy', {
  async access(input, context) {
    const statement = await entryAccess(input, context)
    const { scope, namespaces } = (await associationOf(input, context)) ?? {}
    const keys = {
      'eks:policyArn': input.policyArn,
      'eks:accessScope': scope,
      'eks:namespaces': namespaces === undefined ? undefined : (JSON.parse(namespaces) as string[]),
    }
    return { ...statement, keys: { ...statement.keys, ...keys } }
  },
  async handle({ clusterName, principalArn, policyArn }, { tx, now, ...place }) {
    const { cluster } = await requireEntry(tx, place, clusterName, principalArn)
    refuseManagedEntry(principalArn, clusterName)
    const { numDeletedRows } = await tx
      .deleteFrom('accessPolicyAssociations')
      .where('clusterId', '=', cluster.id)
      .where('principalArn', '=', principalArn)
      .where('policyArn', '=', policyArn)
      .executeTakeFirstOrThrow()
    if (numDeletedRows === 0n)
      throw new eks.ResourceNotFoundException('The specified policyArn is not associated with the access entry.', { clusterName })
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    return {}
  },
})

/** The association that an input names. */
async function associationOf(
  { clusterName, principalArn, policyArn }: { readonly clusterName: string; readonly principalArn: string; readonly policyArn: string },
  context: AccessContext,
) {
  const cluster = await clusterOfName(context.tx, context, clusterName)
  if (!cluster) return undefined
  return context.tx
    .selectFrom('accessPolicyAssociations')
    .select(['scope', 'namespaces'])
    .where('clusterId', '=', cluster.id)
    .where('principalArn', '=', principalArn)
    .where('policyArn', '=', policyArn)
    .executeTakeFirst()
}

/** ListAssociatedAccessPolicies: those of one entry. EKS API Reference, "ListAssociatedAccessPolicies". */
export const ListAssociatedAccessPolicies = eks.operation('ListAssociatedAccessPolicies', {
  access: entryAccess,
  async handle(input, { tx, ...place }) {
    const { cluster } = await requireEntry(tx, place, input.clusterName, input.principalArn)
    const rows = await tx
      .selectFrom('accessPolicyAssociations')
      .selectAll()
      .where('clusterId', '=', cluster.id)
      .where('principalArn', '=', input.principalArn)
      .orderBy('policyArn')
      .execute()
    const { page, nextToken } = pageByName(rows, ({ policyArn }) => policyArn, input)
    return { clusterName: cluster.name, principalArn: input.principalArn, associatedAccessPolicies: page.map(associationShape), nextToken }
  },
})

/** EKS User Guide, "Create access entries": types STANDARD and EC2, which is for nodes of EKS Auto Mode, take access policies. */
const typesWithPolicies: ReadonlySet<string> = new Set(['STANDARD', 'EC2'])

const isPolicyArn = (text: string) => /^arn:aws[a-z-]*:eks::aws:cluster-access-policy\/.+$/.test(text)

function scopeOf({ type, namespaces = [] }: AccessScope): Pick<AccessPolicyAssociationsTable, 'scope' | 'namespaces'> {
  if (type === undefined) throw new eks.InvalidParameterException('The access scope type must be specified.')
  if (type === 'cluster' && namespaces.length > 0)
    throw new eks.InvalidParameterException('accessScope should not include namespaces if the type is not set as namespace')
  if (type === 'namespace' && namespaces.length === 0)
    throw new eks.InvalidParameterException('At least 1 namespace must be provided if the type is set as namespace')
  return { scope: type === 'namespace' ? 'namespace' : 'cluster', namespaces: JSON.stringify(namespaces) }
}

const associationShape = ({
  policyArn,
  scope,
  namespaces,
  associatedAt,
  modifiedAt,
}: Omit<AccessPolicyAssociationsTable, 'clusterId'>): AssociatedAccessPolicy => ({
  policyArn,
  accessScope: { type: scope, namespaces: JSON.parse(namespaces) as string[] },
  associatedAt: new Date(associatedAt),
  modifiedAt: new Date(modifiedAt),
})
