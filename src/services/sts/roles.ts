import { roleArn } from '../../identity/arns.ts'
import { type CompiledPolicy, compilePolicy, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { RolesTable } from '../../store/tables/iam.ts'
import { parseArn } from '../../types/arn.ts'

/** A role to be assumed, with its trust policy and tags. */
export interface AssumableRole {
  readonly row: RolesTable
  readonly arn: string
  readonly trustPolicy: CompiledPolicy
  readonly tags: { readonly [key: string]: string }
}

/** The role of an ARN, path included; undefined when there is none. The caller is not told which: that would help guessing. */
export async function findRole(tx: Transaction, arn: string): Promise<AssumableRole | undefined> {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/')) return undefined
  const name = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1)
  const row = await tx
    .selectFrom('roles')
    .selectAll()
    .where('account', '=', parsed.account)
    .where('nameKey', '=', name.toLowerCase())
    .executeTakeFirst()
  if (!row || roleArn(row.account, row.path, row.name) !== arn) return undefined
  const tags = await tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', 'role').where('ownerId', '=', row.id).execute()
  return {
    row,
    arn,
    trustPolicy: compilePolicy(parsePolicy(row.trustPolicy, 'trust'), { id: `${row.name}/trust`, type: 'trust', arn }),
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
  }
}
