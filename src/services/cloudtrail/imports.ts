import type { Transaction } from '../../store/index.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { ImportSource, StartImportRequest } from '../../wire/models/cloudtrail.ts'
import type { CallContext } from '../operation.ts'
import { namedStoreArn, requireOwnStore, selectorsOfStore, storeAccess } from './event-data-store-rows.ts'
import { checkMaxResults } from './event-data-stores.ts'
import { findImport, importShape, type ImportRow, ongoing, requireImport, statisticsShape } from './import-rows.ts'
import { assumeImportRole, runImport } from './import-runs.ts'
import { placeOfLocation } from './imported-files.ts'
import { servicePrincipal } from './organization.ts'
import { pageByKey } from './paging.ts'
import { cloudtrail } from './service.ts'
import { isBucketName } from './trail-names.ts'

type Context = CallContext & { readonly tx: Transaction }

/** Permission for what is done with an import: on its event data store. */
async function importAccess(id: string, context: Pick<Context, 'tx' | 'region' | 'account'>) {
  const row = await findImport(context.tx, id)
  return row?.account === context.account ? storeAccess(row.storeArn, context) : { resource: '*' }
}

/** The import that a request begins. @throws what StartImport documents */
async function newImport(tx: Transaction, input: StartImportRequest, id: string, context: CallContext): Promise<ImportRow> {
  const { account, now } = context
  const [destination] = input.Destinations ?? []
  const source = input.ImportSource?.S3
  if (destination === undefined || !source)
    throw new cloudtrail.InvalidParameterException('A new import needs Destinations and ImportSource, a retry ImportId.')
  checkSource({ S3: source })
  const { StartEventTime, EndEventTime } = input
  if ((StartEventTime === undefined) !== (EndEventTime === undefined) || (StartEventTime && EndEventTime && StartEventTime > EndEventTime))
    throw new cloudtrail.InvalidParameterException('StartEventTime and EndEventTime go together, the earlier first.')
  const store = await requireOwnStore(tx, namedStoreArn(destination, context), context)
  const categories = selectorsOfStore(store).flatMap(({ fields }) => fields.find(({ field }) => field === 'eventCategory')?.equals ?? [])
  if (!categories.some(category => category === 'Management' || category === 'Data'))
    throw new cloudtrail.InvalidEventDataStoreCategoryException(`The event data store ${store.arn} does not take events of CloudTrail.`)
  await checkNoneGoesOn(tx, account)
  const nothingYet = { prefixesFound: 0, prefixesCompleted: 0, filesCompleted: 0, eventsCompleted: 0, failedEntries: 0 }
  return {
    id,
    account,
    storeArn: store.arn,
    location: source.S3LocationUri,
    bucketRegion: source.S3BucketRegion,
    roleArn: source.S3BucketAccessRoleArn,
    startEventAt: StartEventTime?.getTime() ?? null,
    endEventAt: EndEventTime?.getTime() ?? null,
    status: 'INITIALIZING',
    lastKey: null,
    ...nothingYet,
    createdAt: now,
    updatedAt: now,
  }
}

/** @throws InvalidImportSourceException */
function checkSource({ S3 }: ImportSource): void {
  const place = placeOfLocation(S3.S3LocationUri)
  if (!place || !isBucketName(place.bucket))
    throw new cloudtrail.InvalidImportSourceException(`${S3.S3LocationUri.slice(0, 256)} is not the URI of a bucket: s3://bucket/prefix/.`)
}

/** One import of an account at a time. @throws AccountHasOngoingImportException */
async function checkNoneGoesOn(tx: Transaction, account: string): Promise<void> {
  const other = await tx
    .selectFrom('lakeImports')
    .select('id')
    .where('account', '=', account)
    .where('status', 'in', ongoing)
    .executeTakeFirst()
  if (other) throw new cloudtrail.AccountHasOngoingImportException(`The account has an import that goes on: ${other.id}.`)
}

/** An import that is begun again. @throws ImportNotFoundException, InvalidParameterException */
async function retried(tx: Transaction, id: string, input: StartImportRequest, context: CallContext): Promise<ImportRow> {
  if (input.Destinations || input.ImportSource)
    throw new cloudtrail.InvalidParameterException('A retry has an ImportId, and neither Destinations nor ImportSource.')
  const row = await requireImport(tx, id, context.account)
  await requireOwnStore(tx, row.storeArn, context)
  await checkNoneGoesOn(tx, context.account)
  return { ...row, status: 'INITIALIZING', updatedAt: context.now }
}

const wanted = (tx: Transaction, input: StartImportRequest, id: string, context: CallContext): Promise<ImportRow> =>
  input.ImportId === undefined ? newImport(tx, input, id, context) : retried(tx, input.ImportId, input, context)

/**
 * StartImport: of a trail's log files, read with the rights of the role that the request names. CloudTrail API Reference, "StartImport";
 * CloudTrail User Guide, "Copy trail events to an event data store".
 */
export const StartImport = cloudtrail.operation('StartImport', {
  async access({ Destinations = [], ImportSource: source, ImportId }, context) {
    const before = ImportId === undefined ? undefined : await findImport(context.tx, ImportId)
    const stores = before ? [before.storeArn] : Destinations
    const roleArn = source?.S3.S3BucketAccessRoleArn ?? before?.roleArn
    return [
      ...(await Promise.all((stores.length > 0 ? stores : ['*']).map(name => storeAccess(name, context)))),
      ...(roleArn === undefined ? [] : [{ action: 'iam:PassRole', resource: roleArn, keys: { 'iam:PassedToService': servicePrincipal } }]),
    ]
  },

  /** Looks whether the role can be assumed and may list the bucket, before anything is made. */
  async reach(input, context) {
    const { world } = context
    const row = await world.store.read(tx => wanted(tx, input, '', context))
    const place = placeOfLocation(row.location) ?? { bucket: '', prefix: '' }
    try {
      await world.logBuckets.list(place, await assumeImportRole(world, row))
    } catch (problem) {
      if (!(problem instanceof ServiceError)) throw problem
      throw new cloudtrail.InvalidImportSourceException(
        `The bucket ${place.bucket} cannot be read as ${row.roleArn}: ${problem.code}: ${problem.message}`,
      )
    }
  },

  async handle(input, context) {
    const { tx, world } = context
    const row = await wanted(tx, input, world.random.uuid(), context)
    if (input.ImportId === undefined) await tx.insertInto('lakeImports').values(row).execute()
    else {
      await tx.updateTable('lakeImports').set(row).where('id', '=', row.id).execute()
      const again = tx.updateTable('lakeImportFailures').set({ status: 'RETRY' }).where('importId', '=', row.id)
      await again.where('status', '=', 'FAILED').execute()
    }
    context.afterCommit(() => runImport(world, row.id))
    return importShape(row)
  },
})

/** StopImport: what was imported stays. CloudTrail API Reference, "StopImport". */
export const StopImport = cloudtrail.operation('StopImport', {
  access: ({ ImportId }, context) => importAccess(ImportId, context),
  async handle({ ImportId }, { tx, account, now }) {
    const row = await requireImport(tx, ImportId, account)
    if (!ongoing.includes(row.status))
      throw new cloudtrail.InvalidParameterException(`The import ${ImportId} has ended: its status is ${row.status}.`)
    const stopped: ImportRow = { ...row, status: 'STOPPED', updatedAt: now }
    await tx.updateTable('lakeImports').set({ status: stopped.status, updatedAt: now }).where('id', '=', ImportId).execute()
    return { ...importShape(stopped), ImportStatistics: statisticsShape(stopped) }
  },
})

/** GetImport. CloudTrail API Reference, "GetImport". */
export const GetImport = cloudtrail.operation('GetImport', {
  access: ({ ImportId }, context) => importAccess(ImportId, context),
  async handle({ ImportId }, { tx, account }) {
    const row = await requireImport(tx, ImportId, account)
    return { ...importShape(row), ImportStatistics: statisticsShape(row) }
  },
})

/** ListImports: the newest first. CloudTrail API Reference, "ListImports". */
export const ListImports = cloudtrail.operation('ListImports', {
  access: () => ({ resource: '*' }),
  async handle({ Destination, ImportStatus, MaxResults, NextToken }, context) {
    const { tx, account } = context
    checkMaxResults(MaxResults)
    const storeArn = Destination === undefined ? undefined : namedStoreArn(Destination, context)
    const rows = await tx
      .selectFrom('lakeImports')
      .selectAll()
      .where('account', '=', account)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .execute()
    const found = rows.filter(
      row => (storeArn === undefined || row.storeArn === storeArn) && (ImportStatus === undefined || row.status === ImportStatus),
    )
    const { items, end } = pageByKey(found, keyOf, NextToken, MaxResults)
    return {
      Imports: items.map(row => {
        const { ImportId, ImportStatus: status, Destinations, CreatedTimestamp, UpdatedTimestamp } = importShape(row)
        return { ImportId, ImportStatus: status, Destinations, CreatedTimestamp, UpdatedTimestamp }
      }),
      ...end,
    }
  },
})

/** Newest first: by what is left to the end of time. */
const keyOf = ({ createdAt, id }: ImportRow) => `${String(9_999_999_999_999 - createdAt).padStart(13, '0')} ${id}`

/** ListImportFailures: of an import, by the places of the files. CloudTrail API Reference, "ListImportFailures". */
export const ListImportFailures = cloudtrail.operation('ListImportFailures', {
  access: ({ ImportId }, context) => importAccess(ImportId, context),
  async handle({ ImportId, MaxResults, NextToken }, { tx, account }) {
    checkMaxResults(MaxResults)
    const row = await findImport(tx, ImportId)
    // The model has no ImportNotFoundException here.
    if (row?.account !== account) throw new cloudtrail.InvalidParameterException(`The import ${ImportId} does not exist.`)
    const rows = await tx.selectFrom('lakeImportFailures').selectAll().where('importId', '=', row.id).orderBy('key').execute()
    const { items, end } = pageByKey(rows, ({ key }) => key, NextToken, MaxResults)
    return {
      Failures: items.map(({ location, status, errorType, errorMessage, updatedAt }) => ({
        Location: location,
        Status: status,
        ErrorType: errorType,
        ErrorMessage: errorMessage,
        LastUpdatedTime: new Date(updatedAt),
      })),
      ...end,
    }
  },
})
