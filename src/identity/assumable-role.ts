import { type CompiledPolicy, compilePolicy, parsePolicy } from '../policy/index.ts'
import type { Transaction } from '../store/index.ts'
import type { RolesTable } from '../store/tables/iam.ts'
import { parseArn } from '../types/arn.ts'
import { roleArn } from './arns.ts'

/** A role that a service of AWS assumes for somebody: a pod, an instance. */
export interface ServiceAssumedRole {
  readonly row: RolesTable
  readonly arn: string
  readonly trustPolicy: CompiledPolicy
}

/** The role of an ARN, path included; undefined when there is none. */
export async function roleOfArn(tx: Transaction, arn: string): Promise<ServiceAssumedRole | undefined> {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/')) return undefined
  const nameKey = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1).toLowerCase()
  const row = await tx
    .selectFrom('roles')
    .selectAll()
    .where('account', '=', parsed.account)
    .where('nameKey', '=', nameKey)
    .executeTakeFirst()
  if (!row || roleArn(row.account, row.path, row.name) !== arn) return undefined
  return { row, arn, trustPolicy: compilePolicy(parsePolicy(row.trustPolicy, 'trust'), { id: `${row.name}/trust`, type: 'trust', arn }) }
}
