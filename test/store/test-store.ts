import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSecrets, openSqliteStore, type Secrets, type Store } from '../../src/store/index.ts'
import type { Random } from '../../src/types/random.ts'

export const random: Random = { bytes: size => randomBytes(size), uuid: () => randomUUID() }

export interface TestStore {
  readonly folder: string
  readonly file: string
  readonly masterKey: Buffer
  readonly store: Store
  readonly secrets: Secrets
  end(): Promise<void>
}

/** A real SQLite store in a folder of its own. */
export async function openTestStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
  const file = join(folder, 'gatehouse.db')
  const masterKey = randomBytes(32)
  const store = await openSqliteStore(file)
  const secrets = await openSecrets(store, masterKey)
  return {
    folder,
    file,
    masterKey,
    store,
    secrets,
    async end() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
