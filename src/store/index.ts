export type { Append } from './append.ts'
export type { Database } from './database.ts'
export {
  compileLongRead,
  type LongRead,
  LongReadError,
  type LongReadLimits,
  type LongReadQuery,
  type LongReadResult,
} from './long-read.ts'
export { openCassandraArchive } from './cassandra/archive.ts'
export { parseCassandraUrl } from './cassandra/settings.ts'
export type { ArchivedRecord, ArchivedSource, RecordArchive, RecordName, RecordQuestion, StoredRecord } from './record-archive.ts'
export { StoreUnavailable, UnstorableText } from './store-error.ts'
export {
  type MasterKey,
  MasterKeyError,
  masterKeyId,
  masterKeyText,
  newMasterKey,
  parseMasterKey,
  parsePassphrase,
  readMasterKey,
  readSecretFile,
} from './master-key.ts'
export { type MasterKeySummary, type OpenedSecrets, openSecrets, type Secrets, secretsUnder } from './secrets.ts'
export { type DataKeys, firstDataKey } from './envelope.ts'
export { withoutGone } from './held-keys.ts'
export { dataKeyGone, type DataKeyState } from './key-slots.ts'
export { type Resealed, resealStore } from './reseal.ts'
export { sealContexts } from './sealed-columns.ts'
export { openPostgresStore } from './postgres/store.ts'
export { isPostgresUrl, parsePostgresUrl } from './postgres/settings.ts'
export { type Companions, openSqliteStore } from './sqlite.ts'
export { type CompanionStore, openCompanionStore } from './sqlite-companion.ts'
export { masterKeyIdsOf } from './sqlite-keys.ts'
export { checkSqliteDatabase, copySqliteDatabase, objectFilesOf, sqliteInUse } from './sqlite-copy.ts'
export { memberAccounts } from './member-accounts.ts'
export { type Change, lastSeq, recordChange, type Store, type Transaction } from './store.ts'
export { delayedReads, type Propagation } from './propagation.ts'
export { rowBound } from './row-bound.ts'
export { keepSystemSetting, systemSetting } from './system-settings.ts'
export { forgetChanges } from './forget-changes.ts'
export { forgetPast } from './past/forget.ts'
export { keptKubernetesResources } from './past/kept-tables.ts'
export { openPastStates, PastNotKept, type PastStates } from './past/past-states.ts'
export { openObjectChunks } from './object-chunks.ts'
export { type ObjectFiles, openObjectFiles, type Piece } from './object-files.ts'
