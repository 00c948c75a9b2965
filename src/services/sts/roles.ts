import { roleArn } from '../../identity/arns.ts'
import { type CompiledPolicy, compilePolicy, parsePolicy, type RequestContext } from '../../policy/index.ts'
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

/** Whether a text is the ARN of a role, of one that is there or not. */
export function isRoleArn(arn: string): boolean {
  const parsed = parseArn(arn)
  return parsed?.service === 'iam' && /^\d{12}$/.test(parsed.account) && /^role\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/.test(parsed.resource)
}

/** Condition keys that tell of the role's tags. */
export const roleTagKeys = (role: AssumableRole | undefined): RequestContext =>
  Object.fromEntries(
    Object.entries(role?.tags ?? {}).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  )

/** The role of an ARN, path included; undefined when there is none. The caller is not told which: that would help guessing. */
export async function findRole(tx: Transaction, arn: string): Promise<AssumableRole | undefined> {
  const parsed = parseArn(arn)
  if (!parsed || !isRoleArn(arn)) return undefined
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
