// node bench/store/past.ts [--rows 10000]: what keeping the past costs writers, and how long it takes to tell how it was.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPastStates, openSqliteStore, type Store } from '../../src/store/index.ts'

const rows = Number(process.argv[process.argv.indexOf('--rows') + 1]) || 10_000
const rounds = 5
const unitsAtOnce = 256
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const statement = { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'], Resource: 'arn:aws:s3:::shop-*' }
const documentOf = (n: number) => JSON.stringify({ Version: '2012-10-17', Statement: [statement, { ...statement, Sid: `S${n}` }] })

/** Units of one insertion each, then of one update each, as PutUserPolicy makes them. @returns units a second, both */
async function writes(store: Store, from: number): Promise<number> {
  const begun = performance.now()
  for (let n = from; n < from + rows; n += unitsAtOnce)
    await Promise.all(
      Array.from({ length: Math.min(unitsAtOnce, from + rows - n) }, (_, i) =>
        store.write(async tx => {
          const row = { ownerKind: 'user' as const, ownerId: `AIDA${n + i}`, name: 'rights', document: documentOf(n + i) }
          await tx.insertInto('inlinePolicies').values(row).execute()
        }),
      ),
    )
  for (let n = from; n < from + rows; n += unitsAtOnce)
    await Promise.all(
      Array.from({ length: Math.min(unitsAtOnce, from + rows - n) }, (_, i) =>
        store.write(async tx => {
          await tx
            .updateTable('inlinePolicies')
            .set({ document: documentOf(n + i + 1) })
            .where('ownerKind', '=', 'user')
            .where('ownerId', '=', `AIDA${n + i}`)
            .execute()
        }),
      ),
    )
  return (2 * rows * 1000) / (performance.now() - begun)
}

const files = { kept: join(folder, 'kept.db'), baseline: join(folder, 'baseline.db') }
const stores = { kept: await openSqliteStore(files.kept), baseline: await openSqliteStore(files.baseline, { keepsPast: false }) }
const best = { kept: 0, baseline: 0 }
const from = Date.now() + 1
await new Promise(resolve => setTimeout(resolve, 5))
try {
  for (let round = 0; round < rounds; round++)
    for (const kind of ['kept', 'baseline'] as const) best[kind] = Math.max(best[kind], await writes(stores[kind], round * rows))
  const begun = performance.now()
  const state = await openPastStates(stores.kept, Date.now).at(from)
  const found = await state.read(tx =>
    tx
      .selectFrom('inlinePolicies')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow(),
  )
  const emptied = performance.now() - begun
  if (Number(found.n) !== 0) throw new Error(`${found.n} rows were there before the first was written`)
  const again = performance.now()
  await openPastStates(stores.kept, Date.now).at(Date.now())
  const copied = performance.now() - again
  await stores.kept.close()
  await stores.baseline.close()
  console.log(
    JSON.stringify(
      {
        unitsPerSecond: {
          kept: Math.round(best.kept),
          baseline: Math.round(best.baseline),
          ratio: Number((best.kept / best.baseline).toFixed(3)),
        },
        bytesPerChange: Math.round((statSync(files.kept).size - statSync(files.baseline).size) / (2 * rounds * rows)),
        stateMilliseconds: {
          undoing: 2 * rounds * rows,
          took: Math.round(emptied),
          copyingRows: rounds * rows,
          copyTook: Math.round(copied),
        },
      },
      undefined,
      2,
    ),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
