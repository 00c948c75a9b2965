export type { Database } from './database.ts'
export { openSecrets, readMasterKey, type Secrets } from './secrets.ts'
export { openSqliteStore } from './sqlite.ts'
export { type Change, recordChange, type Store, type Transaction } from './store.ts'
