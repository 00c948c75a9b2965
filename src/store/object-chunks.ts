import type { ObjectFiles } from './object-files.ts'
import type { Store } from './store.ts'

/** Bytes of a row. */
const chunkBytes = 1024 * 1024
const graceMilliseconds = 60_000
/** Leftovers of uploads that failed are removed when they are this old: an upload that goes on elsewhere is not. */
const abandonedMilliseconds = 86_400_000

/** Contents of S3's objects in the database, which all nodes see. */
export function openObjectChunks(store: Store, now: () => number): ObjectFiles {
  const discard = (ids: readonly string[]) => store.write(tx => tx.deleteFrom('objectChunks').where('file', 'in', ids).execute())

  return {
    async write(id, content) {
      let number = 0
      try {
        for await (const chunk of inChunks(content)) {
          const row = { file: id, number: number++, content: chunk, writtenAt: now() }
          await store.write(tx => tx.insertInto('objectChunks').values(row).execute())
        }
      } catch (problem) {
        await discard([id])
        throw problem
      }
    },

    async *read(pieces, from, to) {
      let start = 0
      for (const { file, size } of pieces) {
        const [first, last] = [Math.max(from - start, 0), Math.min(to - start, size)]
        for (let at = first; at < last; ) {
          const number = Math.floor(at / chunkBytes)
          const row = await store.read(tx =>
            tx.selectFrom('objectChunks').select('content').where('file', '=', file).where('number', '=', number).executeTakeFirst(),
          )
          if (!row) throw new Error(`chunk ${number} of ${file} is missing`)
          const end = Math.min((number + 1) * chunkBytes, last)
          yield row.content.subarray(at - number * chunkBytes, end - number * chunkBytes)
          at = end
        }
        start += size
      }
    },

    remove(ids) {
      if (ids.length > 0) setTimeout(() => void discard(ids).catch(() => undefined), graceMilliseconds).unref()
    },

    async sweep() {
      await store.write(tx =>
        tx
          .deleteFrom('objectChunks')
          .where('writtenAt', '<', now() - abandonedMilliseconds)
          .where('file', 'not in', tx.selectFrom('s3Files').select('id'))
          .execute(),
      )
    },
  }
}

/** Cuts a stream into pieces of one size, but for the last. */
async function* inChunks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let kept: Uint8Array[] = []
  let bytes = 0
  for await (const part of content) {
    kept.push(part)
    bytes += part.length
    while (bytes >= chunkBytes) {
      const all = Buffer.concat(kept)
      yield all.subarray(0, chunkBytes)
      kept = [all.subarray(chunkBytes)]
      bytes -= chunkBytes
    }
  }
  if (bytes > 0) yield Buffer.concat(kept)
}
