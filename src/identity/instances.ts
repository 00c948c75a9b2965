import type { Transaction } from '../store/index.ts'
import type { InstanceProfileAssociationsTable, InstancesTable } from '../store/tables/ec2.ts'

/** An instance that has not been terminated, of any account. */
export const livingInstance = (tx: Transaction, instanceId: string): Promise<InstancesTable | undefined> =>
  tx.selectFrom('instances').selectAll().where('id', '=', instanceId).where('terminatedAt', 'is', null).executeTakeFirst()

/** The instance profile that an instance has. */
export const profileAssociationOf = (tx: Transaction, instanceId: string): Promise<InstanceProfileAssociationsTable | undefined> =>
  tx.selectFrom('instanceProfileAssociations').selectAll().where('instanceId', '=', instanceId).executeTakeFirst()
