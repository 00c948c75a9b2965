// Opens a store, and keeps it open until it is told of damage, a minute at most.
import { openSqliteStore } from '../../src/store/index.ts'

await openSqliteStore(process.argv[2] as string)
setTimeout(() => process.exit(0), 60_000)
