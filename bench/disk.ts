import { open, rm } from 'node:fs/promises'

/** A record with its indexes changes about so much of the log. */
const page = Buffer.alloc(16 * 1024, 'x')

/**
 * Milliseconds that a write and its sync take on a disk at a rate, one after another, over a file that has its size as a write-ahead log has: no record can be durable sooner.
 * @param file  is made, and gone afterwards
 */
export async function syncLatencies(file: string, perSecond: number, seconds: number): Promise<number[]> {
  const log = await open(file, 'w')
  const pages = 256
  for (let at = 0; at < pages; at++) await log.write(page, 0, page.length, at * page.length)
  await log.sync()
  const times: number[] = []
  const startedAt = performance.now()
  for (let written = 0; written < perSecond * seconds; written++) {
    const early = startedAt + (written * 1000) / perSecond - performance.now()
    if (early > 0) await new Promise(resolve => setTimeout(resolve, early))
    const begunAt = performance.now()
    await log.write(page, 0, page.length, (written % pages) * page.length)
    await log.datasync()
    times.push(performance.now() - begunAt)
  }
  await log.close()
  await rm(file)
  return times
}
