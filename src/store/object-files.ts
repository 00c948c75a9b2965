import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { explained } from './sqlite-problem.ts'
import type { Store } from './store.ts'

/** A stretch of a file, in bytes. */
export interface Piece {
  readonly file: string
  readonly size: number
}

/**
 * Contents of S3's objects: files by ids of our own, so that no key of anybody's is ever part of a path. The store has a row for each
 * file that counts; files without one are left over from calls that failed.
 */
export interface ObjectFiles {
  /**
   * Writes a stream to a new file; on disk when the promise resolves, gone when it rejects.
   * @param id  hexadecimal, never used before
   */
  write(id: string, content: AsyncIterable<Uint8Array>): Promise<void>
  /** The bytes from `from` up to `to`, exclusive, of pieces in a row. */
  read(pieces: readonly Piece[], from: number, to: number): AsyncIterable<Uint8Array>
  /** Removes files, a moment later: whoever read a row just before its end may still open its file. */
  remove(ids: readonly string[]): void
  /** Removes files that no row names, from before this process; in the background. */
  sweep(store: Store): Promise<void>
}

const graceMilliseconds = 60_000
const chunkBytes = 256 * 1024

/** @param folder  made when it is not there */
export async function openObjectFiles(folder: string): Promise<ObjectFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const openedAt = Date.now()
  const shelf = (id: string) => join(folder, id.slice(0, 2))
  const pathOf = (id: string) => {
    if (!/^[0-9a-f]{32}$/.test(id)) throw new Error(`${id} is no id of a file`)
    return join(shelf(id), id)
  }
  const discard = (id: string) => unlink(pathOf(id)).catch(ignoreMissing)

  return {
    async write(id, content) {
      try {
        await mkdir(shelf(id), { recursive: true, mode: 0o700 })
        const file = await open(pathOf(id), 'wx', 0o600)
        try {
          for await (const part of content) await file.appendFile(part)
          await file.sync()
        } finally {
          await file.close()
        }
        await syncFolder(shelf(id))
      } catch (problem) {
        await discard(id)
        throw explained(problem)
      }
    },

    async *read(pieces, from, to) {
      let start = 0
      for (const { file, size } of pieces) {
        const [first, last] = [Math.max(from - start, 0), Math.min(to - start, size)]
        if (first < last) yield* stretch(pathOf(file), first, last)
        start += size
      }
    },

    remove(ids) {
      if (ids.length > 0) setTimeout(() => void Promise.all(ids.map(discard)), graceMilliseconds).unref()
    },

    async sweep(store) {
      for (const name of await readdir(folder)) {
        const ids = (await readdir(join(folder, name))).filter(id => /^[0-9a-f]{32}$/.test(id))
        const kept = await store.read(tx =>
          tx.selectFrom('s3Files').select('id').where('id', '>=', name).where('id', '<=', `${name}g`).execute(),
        )
        const known = new Set(kept.map(({ id }) => id))
        for (const id of ids) if (!known.has(id) && (await stat(pathOf(id))).mtimeMs < openedAt) await discard(id)
      }
    },
  }
}

/** A new name is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function* stretch(path: string, from: number, to: number): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, 'r')
  try {
    for (let at = from; at < to; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(chunkBytes, to - at)), 0, null, at)
      if (bytesRead === 0) throw new Error(`${path} is shorter than its row says`)
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

function ignoreMissing(problem: NodeJS.ErrnoException): void {
  if (problem.code !== 'ENOENT') throw problem
}
