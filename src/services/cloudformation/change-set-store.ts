import type { Selectable } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import type { ChangeSetsTable } from '../../store/tables/cloudformation.ts'
import type { Place, Stack } from './stack-store.ts'

export type ChangeSetRow = Selectable<ChangeSetsTable>

/** Service Authorization Reference, "Resource types defined by AWS CloudFormation". */
export const changeSetArn = ({ region, account }: Place, name: string, id: string): string =>
  `arn:aws:cloudformation:${region}:${account}:changeSet/${name}/${id}`

/** A change set by its ARN, or by its name among those of a stack. */
export async function findChangeSet(
  tx: Transaction,
  { account, region }: Place,
  nameOrId: string,
  stack: Stack | undefined,
): Promise<ChangeSetRow | undefined> {
  if (nameOrId.startsWith('arn:')) {
    const found = await tx.selectFrom('changeSets').selectAll().where('id', '=', nameOrId).executeTakeFirst()
    return found?.id.startsWith(changeSetArn({ account, region }, '', '').slice(0, -1)) ? found : undefined
  }
  if (!stack) return undefined
  return tx.selectFrom('changeSets').selectAll().where('stackId', '=', stack.id).where('name', '=', nameOrId).executeTakeFirst()
}
