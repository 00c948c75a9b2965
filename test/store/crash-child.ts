// Writes with eight clients until it is killed, and says on standard output what the store has acknowledged.
import { writeSync } from 'node:fs'
import { openSqliteStore, recordChange } from '../../src/store/index.ts'

const [file = '', round = ''] = process.argv.slice(2)
const store = await openSqliteStore(file)
const account = '111122223333'
let next = 0

async function client(): Promise<never> {
  for (;;) {
    const id = `U${round}-${next++}`
    await store.write(async tx => {
      await recordChange(tx, { account, kind: 'user', id, at: 1 })
      await tx
        .insertInto('users')
        .values({ id, account, name: id, nameKey: id, path: '/', boundaryArn: null, createdAt: 1, passwordLastUsedAt: null })
        .execute()
      await tx.insertInto('groupMembers').values({ groupId: 'G', userId: id }).execute()
    })
    writeSync(1, `${id}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, client))
