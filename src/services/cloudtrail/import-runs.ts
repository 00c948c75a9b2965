import { selects } from '../../audit/event-selectors.ts'
import type { TrailRecord } from '../../audit/record.ts'
import type { Principal } from '../../identity/principal.ts'
import type { Store, Transaction } from '../../store/index.ts'
import { ServiceError } from '../../wire/errors.ts'
import { assumeServiceRole, isAlive } from '../service-role.ts'
import type { World } from '../world.ts'
import { findImport, type ImportRow, ongoing } from './import-rows.ts'
import { eventsOf, type FileEvent, isWanted, mostFileBytes, placeOfLocation } from './imported-files.ts'
import { windowsOf } from './lake-queries.ts'
import { servicePrincipal } from './organization.ts'

const sessionName = 'CloudTrail-Import'
const day = 86_400_000
/** Events written in one unit: other calls' units come in between. */
const batch = 200

/** Assumes the role of an import, for the sake of the event data store. @throws ServiceError of STS */
export const assumeImportRole = (
  world: World,
  { storeArn, account, roleArn }: Pick<ImportRow, 'storeArn' | 'account' | 'roleArn'>,
): Promise<Principal> => assumeServiceRole(world, servicePrincipal, { arn: storeArn, account }, { roleArn, sessionName })

/** An import that was stopped, or whose event data store is gone: there is nothing more to do. */
class Ended extends Error {}

/** Runs an import to its end: what failed before, then what comes in the bucket after the last key that was dealt with. */
export async function runImport(world: World, id: string): Promise<void> {
  const run = new ImportRun(world, id)
  try {
    await run.all()
  } catch (problem) {
    if (problem instanceof Ended) return
    await world.store.write(tx => endAsFailed(tx).where('id', '=', id).execute())
    throw problem
  }
}

/** What an import did can be taken up again by its id. */
const endAsFailed = (tx: Transaction) => tx.updateTable('lakeImports').set({ status: 'FAILED' }).where('status', 'in', ongoing)

class ImportRun {
  readonly #world: World
  readonly #id: string
  #session: Principal | undefined

  constructor(world: World, id: string) {
    this.#world = world
    this.#id = id
  }

  async all(): Promise<void> {
    const row = await this.#change({ status: 'IN_PROGRESS' })
    const place = placeOfLocation(row.location) ?? { bucket: '', prefix: '' }
    try {
      for (const key of await this.#failedKeys()) if (await this.#file(row, place.bucket, key)) await this.#count({})
      await this.#below(row, place)
      await this.#note('', undefined)
    } catch (problem) {
      if (!(problem instanceof ServiceError)) throw problem
      await this.#note('', { location: row.location, problem })
    }
    const { failedEntries } = await this.#row()
    await this.#change({ status: failedEntries > 0 ? 'FAILED' : 'COMPLETED' })
  }

  /** Files in the order of their keys. A folder is done with when a key of another one comes. */
  async #below(row: ImportRow, { bucket, prefix }: { readonly bucket: string; readonly prefix: string }): Promise<void> {
    let before = row.lastKey
    let after = row.lastKey ?? undefined
    for (let more = true; more; ) {
      const page = await this.#world.logBuckets.list({ bucket, prefix, after }, await this.#reader(row))
      for (const key of page.keys.filter(name => isWanted(name, row))) {
        const done = await this.#file(row, bucket, key)
        await this.#count({ lastKey: key, entered: before === null || folderOf(before) !== folderOf(key), done })
        before = key
      }
      after = page.keys.at(-1)
      more = page.more && after !== undefined
    }
    const { prefixesFound } = await this.#row()
    await this.#change({ prefixesCompleted: prefixesFound })
  }

  /** Counts a file in the unit that tells it is dealt with, and its folder with its first one: a run that ends in between counts none twice. */
  async #count({
    lastKey,
    entered = false,
    done = true,
  }: {
    readonly lastKey?: string
    readonly entered?: boolean
    readonly done?: boolean
  }) {
    await this.#unit((tx, { filesCompleted, prefixesFound }) =>
      this.#set(tx, {
        filesCompleted: filesCompleted + Number(done),
        ...(lastKey !== undefined && { lastKey }),
        ...(entered && { prefixesFound: prefixesFound + 1, prefixesCompleted: prefixesFound }),
      }),
    )
  }

  /** @returns whether its events are taken */
  async #file(row: ImportRow, bucket: string, key: string): Promise<boolean> {
    try {
      const body = await this.#world.logBuckets.get({ bucket, key }, mostFileBytes, await this.#reader(row))
      const events = (await eventsOf(body)).filter(
        ({ at }) => (row.startEventAt === null || at >= row.startEventAt) && (row.endEventAt === null || at <= row.endEventAt),
      )
      for (let from = 0; from < events.length; from += batch) await this.#take(row, events.slice(from, from + batch))
      await this.#note(key, undefined)
      return true
    } catch (problem) {
      if (!(problem instanceof ServiceError)) throw problem
      await this.#note(key, { location: `s3://${bucket}/${key}`, problem })
      return false
    }
  }

  /** Events that the event data store does not have yet. */
  async #take({ storeArn }: ImportRow, events: readonly FileEvent[]): Promise<void> {
    await this.#unit(async (tx, row) => {
      const store = await tx.selectFrom('eventDataStores').select('retentionDays').where('arn', '=', storeArn).executeTakeFirst()
      if (!store) throw new Ended()
      const retainedSince = this.#world.now() - store.retentionDays * day
      const retained = events.filter(({ at }) => at >= retainedSince)
      const there = await takenIn(tx, storeArn, retained)
      const news = retained.filter(({ eventId }) => !there.has(eventId)).map(event => ({ storeArn, ...event }))
      if (news.length === 0) return
      const { numInsertedOrUpdatedRows = 0n } = await tx
        .insertInto('importedRecords')
        .values(news)
        .onConflict(conflict => conflict.columns(['storeArn', 'eventId']).doNothing())
        .executeTakeFirst()
      await this.#set(tx, { eventsCompleted: row.eventsCompleted + Number(numInsertedOrUpdatedRows) })
    })
  }

  /** Notes that a file, or the listing, failed, or that it no longer does. */
  async #note(key: string, failure: { readonly location: string; readonly problem: ServiceError } | undefined): Promise<void> {
    const { now } = this.#world
    await this.#unit(async (tx, row) => {
      const before = await failureOf(tx, row.id, key)
      if (!before && !failure) return
      const failed = failure !== undefined
      const fields = failure
        ? { location: failure.location, errorType: failure.problem.code, errorMessage: failure.problem.message.slice(0, 1_000) }
        : {}
      const changed = { ...fields, status: failed ? ('FAILED' as const) : ('SUCCEEDED' as const), updatedAt: now() }
      if (before) await tx.updateTable('lakeImportFailures').set(changed).where('importId', '=', row.id).where('key', '=', key).execute()
      else if (failure)
        await tx
          .insertInto('lakeImportFailures')
          .values({ importId: row.id, key, location: failure.location, errorType: '', errorMessage: '', ...changed })
          .execute()
      const wasFailed = before !== undefined && before.status !== 'SUCCEEDED'
      await this.#set(tx, { failedEntries: row.failedEntries + Number(failed) - Number(wasFailed) })
    })
  }

  async #failedKeys(): Promise<string[]> {
    const failures = await this.#world.store.read(tx =>
      tx
        .selectFrom('lakeImportFailures')
        .select('key')
        .where('importId', '=', this.#id)
        .where('status', '!=', 'SUCCEEDED')
        .where('key', '!=', '')
        .orderBy('key')
        .execute(),
    )
    return failures.map(({ key }) => key)
  }

  /** A session of the role; a new one when the last is over. @throws ServiceError of STS */
  async #reader(row: ImportRow): Promise<Principal> {
    if (!this.#session || !isAlive(this.#session, this.#world.now())) this.#session = await assumeImportRole(this.#world, row)
    return this.#session
  }

  async #row(): Promise<ImportRow> {
    const row = await this.#world.store.read(tx => findImport(tx, this.#id))
    if (!row) throw new Ended()
    return row
  }

  async #change(changes: Partial<ImportRow>): Promise<ImportRow> {
    return this.#unit(async (tx, row) => {
      await this.#set(tx, changes)
      return { ...row, ...changes }
    })
  }

  /** A unit of an import that still goes on. @throws Ended */
  async #unit<Result>(work: (tx: Transaction, row: ImportRow) => Promise<Result>): Promise<Result> {
    return this.#world.store.write(async tx => {
      const row = await findImport(tx, this.#id)
      if (!row || !ongoing.includes(row.status)) throw new Ended()
      return work(tx, row)
    })
  }

  #set(tx: Transaction, changes: Partial<ImportRow>): Promise<unknown> {
    return tx
      .updateTable('lakeImports')
      .set({ ...changes, updatedAt: this.#world.now() })
      .where('id', '=', this.#id)
      .execute()
  }
}

const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1)

const failureOf = (tx: Transaction, id: string, key: string) =>
  tx.selectFrom('lakeImportFailures').selectAll().where('importId', '=', id).where('key', '=', key).executeTakeFirst()

/** Which of some events an event data store took in from the record itself. */
async function takenIn(tx: Transaction, storeArn: string, events: readonly FileEvent[]): Promise<ReadonlySet<string>> {
  const windows = await windowsOf(tx, storeArn)
  const taken = new Set<string>()
  for (const { eventId, at, json } of events)
    for (const source of ['records', 'dataRecords'] as const) {
      const row = await tx.selectFrom(source).select('seq').where('eventId', '=', eventId).where('at', '=', at).executeTakeFirst()
      const holds = windows.some(
        window =>
          window.source === source &&
          row !== undefined &&
          row.seq > window.afterSeq &&
          (window.untilSeq === null || row.seq <= window.untilSeq) &&
          selects({ advanced: window.selectors }, JSON.parse(json) as TrailRecord),
      )
      if (holds) taken.add(eventId)
    }
  return taken
}

/** Ends the imports that ran when Gatehouse stopped, to be taken up again by their ids. @param before  those that did nothing since */
export const failUnfinishedImports = (store: Store, before: number): Promise<unknown> =>
  store.write(tx => endAsFailed(tx).where('updatedAt', '<=', before).execute())
