export type { Database } from './database.ts'
export { MasterKeyError, openSecrets, readMasterKey, type Secrets } from './secrets.ts'
export { openSqliteStore, StoreError } from './sqlite.ts'
export { type Change, recordChange, type Store, type Transaction } from './store.ts'
