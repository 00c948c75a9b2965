import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetPast, openPastStates, type PastStates, type Store, type Transaction } from '../../src/store/index.ts'
import { keptTables } from '../../src/store/past/kept-tables.ts'
import { type Engine, postgresEngine, sqliteEngine } from './engines.ts'

describe.each([sqliteEngine, postgresEngine])('on $name', ({ available, start }) => {
  if (!available) {
    test.skip('no server is installed', () => {})
    return
  }

  let engine: Engine
  let store: Store
  let past: PastStates
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine.end())
  beforeEach(async () => {
    await engine.renew()
    store = await engine.open()
    past = openPastStates(store, Date.now)
  })
  afterEach(() => store.close())

  /** A moment between what was and what comes, told apart by the clock's milliseconds. */
  async function moment(): Promise<number> {
    await wait(3)
    const at = Date.now()
    await wait(3)
    return at
  }

  const putPolicy = (name: string, document: string) => (tx: Transaction) =>
    tx
      .insertInto('inlinePolicies')
      .values({ ownerKind: 'user', ownerId: 'AIDA1', name, document })
      .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'name']).doUpdateSet({ document }))
      .execute()

  const documentsAt = async (at: number): Promise<{ [name: string]: string }> => {
    const state = await past.at(at)
    const rows = await state.read(tx => tx.selectFrom('inlinePolicies').select(['name', 'document']).orderBy('name').execute())
    return Object.fromEntries(rows.map(({ name, document }) => [name, document]))
  }

  describe('what was is told from what has changed since', () => {
    test('rows that were made, changed, made anew and deleted', async () => {
      const beginning = await moment()
      await store.write(putPolicy('one', 'first'))
      await store.write(putPolicy('two', 'say "two"\n'))
      const made = await moment()
      await store.write(putPolicy('one', 'second'))
      await store.write(putPolicy('one', 'third'))
      const changed = await moment()
      await store.write(tx => tx.deleteFrom('inlinePolicies').execute())
      const deleted = await moment()
      await store.write(putPolicy('one', 'anew'))
      expect(await documentsAt(beginning)).toEqual({})
      expect(await documentsAt(made)).toEqual({ one: 'first', two: 'say "two"\n' })
      expect(await documentsAt(changed)).toEqual({ one: 'third', two: 'say "two"\n' })
      expect(await documentsAt(deleted)).toEqual({})
      expect(await documentsAt(Date.now())).toEqual({ one: 'anew' })
    })

    test('a row that got another key is found under the one that it had', async () => {
      await store.write(putPolicy('one', 'same'))
      const before = await moment()
      await store.write(tx => tx.updateTable('inlinePolicies').set({ name: 'renamed' }).execute())
      expect(await documentsAt(before)).toEqual({ one: 'same' })
      expect(await documentsAt(Date.now())).toEqual({ renamed: 'same' })
    })

    test('changes whose numbers and times are in another order, as of units that ran at once', async () => {
      await store.write(putPolicy('one', 'first'))
      const at = await moment()
      await store.write(putPolicy('one', 'second'))
      await store.write(putPolicy('two', 'second'))
      await store.write(tx =>
        tx
          .updateTable('pastRows')
          .set({ at: at - 1 })
          .where('key', 'like', '%two%')
          .execute(),
      )
      expect(await documentsAt(at)).toEqual({ one: 'first', two: 'second' })
    })

    test('what a unit did that failed has not been', async () => {
      const failing = store.write(async tx => {
        await putPolicy('one', 'never')(tx)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await store.read(tx => tx.selectFrom('pastRows').selectAll().execute())).toEqual([])
    })

    test('uses leave no trace, and secrets are not kept', async () => {
      const role = {
        id: 'AROA1',
        account: '111122223333',
        name: 'ops',
        nameKey: 'ops',
        path: '/',
        description: null,
        trustPolicy: '{}',
        maxSessionSeconds: 3600,
        boundaryArn: null,
        createdAt: 1,
        lastUsedAt: null,
        lastUsedRegion: null,
        signinSessionSeconds: null,
        sourceTemplate: null,
      }
      await store.write(tx => tx.insertInto('roles').values(role).execute())
      const kept = () => store.read(tx => tx.selectFrom('pastRows').select('before').execute())
      await store.write(tx => tx.updateTable('roles').set({ lastUsedAt: 5, lastUsedRegion: 'us-east-1' }).execute())
      expect(await kept()).toHaveLength(1)
      await store.write(tx => tx.deleteFrom('roles').execute())
      const [, deleted] = await kept()
      expect(JSON.parse(String(deleted?.before))).not.toHaveProperty('lastUsedAt')
    })

    test('of Kubernetes objects those are kept that decide access', async () => {
      const put = (resource: string) => (tx: Transaction) =>
        tx
          .insertInto('kubernetesObjects')
          .values({ clusterId: 'C', resource, namespace: '', name: 'x', resourceVersion: 1, json: '{}' })
          .execute()
      await store.write(put('/secrets'))
      await store.write(put('rbac.authorization.k8s.io/clusterroles'))
      const state = await past.at(Date.now())
      const rows = await state.read(tx => tx.selectFrom('kubernetesObjects').select('resource').execute())
      expect(rows).toEqual([{ resource: 'rbac.authorization.k8s.io/clusterroles' }])
      expect(await store.read(tx => tx.selectFrom('pastRows').selectAll().execute())).toHaveLength(1)
    })

    test('no table of secrets is kept', () => {
      const secret = [
        'accessKeys',
        'issuerKeys',
        'loginProfiles',
        'mfaDevices',
        'attachedClusters',
        'etcdKeys',
        'serviceCredentials',
        'digestKeys',
      ]
      expect(Object.keys(keptTables).filter(table => secret.includes(table))).toEqual([])
    })
  })

  describe('what is not known is refused by name', () => {
    test('the future, and what was before the beginning', async () => {
      await expect(past.at(Date.now() + 60_000)).rejects.toThrow('is in the future')
      await expect(past.at(Date.now() - 60_000)).rejects.toThrow(/is not known: what is kept begins at 20\d\d-/)
    })

    test('what was forgotten', async () => {
      await store.write(putPolicy('one', 'first'))
      await store.write(putPolicy('one', 'second'))
      const before = await moment()
      await store.write(putPolicy('one', 'third'))
      const pause = async () => {}
      expect(await forgetPast(store, before, pause)).toBe(2)
      expect(await forgetPast(store, before, pause)).toBe(0)
      expect(await documentsAt(before)).toEqual({ one: 'second' })
      await expect(past.at(before - 1)).rejects.toThrow(new Date(before).toISOString())
    })

    test('everything, when nothing is to be kept; and it begins anew', async () => {
      await store.write(putPolicy('one', 'first'))
      await store.close()
      store = await engine.open(false)
      await store.write(putPolicy('one', 'second'))
      expect(await store.read(tx => tx.selectFrom('pastRows').selectAll().execute())).toEqual([])
      await expect(openPastStates(store, Date.now).at(Date.now())).rejects.toThrow('no past is kept here')
      await store.close()
      store = await engine.open()
      past = openPastStates(store, Date.now)
      const before = await moment()
      await store.write(putPolicy('one', 'third'))
      expect(await documentsAt(before)).toEqual({ one: 'second' })
    })
  })
})
