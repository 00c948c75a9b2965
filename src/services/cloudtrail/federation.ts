import { parseArn } from '../../types/arn.ts'
import type { CallContext } from '../operation.ts'
import type { Transaction } from '../../store/index.ts'
import { checkOwner, type EventDataStoreRow, namedStoreArn, requireActiveStore, storeAccess } from './event-data-store-rows.ts'
import { cloudtrail } from './service.ts'

/** EnableFederation: kept as a record; there is no Lake Formation that would read it. CloudTrail API Reference, "EnableFederation". */
export const EnableFederation = cloudtrail.operation('EnableFederation', {
  access: async ({ EventDataStore, FederationRoleArn }, context) => [
    await storeAccess(EventDataStore, context),
    { action: 'iam:PassRole', resource: FederationRoleArn, keys: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' } },
  ],
  async handle({ EventDataStore, FederationRoleArn }, context) {
    const row = await ownStore(EventDataStore, context)
    const role = parseArn(FederationRoleArn)
    if (role?.service !== 'iam' || !role.resource.startsWith('role/') || role.account !== row.account)
      throw new cloudtrail.InvalidParameterException(
        `The federation role ${FederationRoleArn} is not a role of the account ${row.account}.`,
      )
    if (row.federationRoleArn !== null)
      throw new cloudtrail.EventDataStoreFederationEnabledException(`The event data store ${row.arn} is federated already.`)
    await setRole(context, row, FederationRoleArn)
    return { EventDataStoreArn: row.arn, FederationStatus: 'ENABLED', FederationRoleArn }
  },
})

/** DisableFederation. CloudTrail API Reference, "DisableFederation". */
export const DisableFederation = cloudtrail.operation('DisableFederation', {
  access: ({ EventDataStore }, context) => storeAccess(EventDataStore, context),
  async handle({ EventDataStore }, context) {
    const row = await ownStore(EventDataStore, context)
    await setRole(context, row, null)
    return { EventDataStoreArn: row.arn, FederationStatus: 'DISABLED' }
  },
})

type Context = CallContext & { readonly tx: Transaction }

async function ownStore(name: string, context: Context): Promise<EventDataStoreRow> {
  const row = await requireActiveStore(context.tx, namedStoreArn(name, context), context.now)
  await checkOwner(context.tx, row, context.account)
  return row
}

const setRole = ({ tx, now }: Context, { arn }: EventDataStoreRow, federationRoleArn: string | null) =>
  tx.updateTable('eventDataStores').set({ federationRoleArn, updatedAt: now }).where('arn', '=', arn).execute()
