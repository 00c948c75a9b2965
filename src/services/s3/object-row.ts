import type { Piece, Transaction } from '../../store/index.ts'
import type { S3ObjectsTable } from '../../store/tables/s3.ts'
import type { AccessContext, AccessStatement, HandleContext } from '../operation.ts'
import { type BucketInput, entriesOf, onBucket, onObject, requireBucket, type WithBucket } from './bucket.ts'
import type { Checksum } from './checksums.ts'
import { s3Error } from './errors.ts'
import { existingTagKeys, type ObjectHeaders } from './object-headers.ts'

export type ObjectRow = Readonly<S3ObjectsTable>

export interface WithObject extends WithBucket {
  readonly object: ObjectRow | undefined
}

/** Reads a row at the moment that decides. */
export const findObject = (tx: Transaction, bucket: string, key: string): Promise<ObjectRow | undefined> =>
  tx.selectFrom('s3Objects').selectAll().where('bucket', '=', bucket).where('key', '=', key).executeTakeFirst()

interface ObjectInput extends BucketInput {
  readonly Key: string
  readonly VersionId?: string | undefined
}

export async function prepareObject(input: ObjectInput, context: AccessContext): Promise<WithObject> {
  const bucket = await requireBucket(context.tx, input, context)
  return { bucket, object: await findObject(context.tx, input.Bucket, input.Key) }
}

/**
 * Access to an object that may not be there. Whoever may not list the bucket is not told so: a missing key is then AccessDenied.
 * Amazon S3 API Reference, "GetObject" and "HeadObject", Permissions.
 */
export const onExisting = (
  { Key }: ObjectInput,
  context: AccessContext,
  { bucket, object }: WithObject,
  action: string,
): AccessStatement[] => [
  onObject(bucket, Key, action, context, existingTagKeys(entriesOf(object?.tags ?? null))),
  ...(object ? [] : [onBucket(bucket, 's3:ListBucket', context)]),
]

/** @throws NoSuchKey, NoSuchVersion's kin: there are no versions but the one called null */
export async function requireObject(tx: Transaction, { Bucket, Key, VersionId }: ObjectInput): Promise<ObjectRow> {
  const object = await findObject(tx, Bucket, Key)
  if (!object) throw s3Error('NoSuchKey', undefined, { Key })
  checkVersion(VersionId)
  return object
}

/** Objects of a bucket without versioning have the version `null`. */
export function checkVersion(versionId: string | undefined): void {
  if (versionId !== undefined && versionId !== 'null')
    throw s3Error('InvalidArgument', 'Invalid version id specified', { ArgumentName: 'versionId', ArgumentValue: versionId })
}

export const piecesOf = ({ pieces }: Pick<ObjectRow, 'pieces'>): readonly Piece[] => JSON.parse(pieces) as readonly Piece[]
export const headersOf = ({ headers }: Pick<ObjectRow, 'headers'>): ObjectHeaders => JSON.parse(headers) as ObjectHeaders
export const checksumOf = ({ checksum }: Pick<ObjectRow, 'checksum'>): Checksum | undefined =>
  checksum === null ? undefined : (JSON.parse(checksum) as Checksum)

/** Puts an object in the place of what was under its key, if anything was. */
export async function replaceObject(context: HandleContext, object: ObjectRow): Promise<void> {
  const { tx } = context
  await removeObject(context, object.bucket, object.key)
  await tx.insertInto('s3Objects').values(object).execute()
  await keepFiles(
    tx,
    piecesOf(object).map(({ file }) => file),
  )
}

/** @returns whether it was there */
export async function removeObject(context: HandleContext, bucket: string, key: string): Promise<boolean> {
  const old = await findObject(context.tx, bucket, key)
  if (!old) return false
  await context.tx.deleteFrom('s3Objects').where('bucket', '=', bucket).where('key', '=', key).execute()
  await forgetFiles(
    context,
    piecesOf(old).map(({ file }) => file),
  )
  return true
}

/** From here on the sweep leaves the files alone. */
export async function keepFiles(tx: Transaction, files: readonly string[]): Promise<void> {
  for (const id of files)
    await tx
      .insertInto('s3Files')
      .values({ id })
      .onConflict(conflict => conflict.doNothing())
      .execute()
}

export async function forgetFiles({ tx, world, afterCommit }: HandleContext, files: readonly string[]): Promise<void> {
  for (const id of files) await tx.deleteFrom('s3Files').where('id', '=', id).execute()
  if (files.length > 0) afterCommit(() => world.objectFiles.remove(files))
}
