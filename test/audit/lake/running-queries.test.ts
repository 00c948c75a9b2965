import { expect, test } from 'vitest'
import { RunningQueries } from '../../../src/audit/lake/running-queries.ts'
import type { LongRead, LongReadResult } from '../../../src/store/index.ts'

const result: LongReadResult = { rows: [], counts: { scanned: 0, bytes: 0, matched: 0 }, milliseconds: 0 }

/** A read that ends when it is told to. */
function read() {
  let finish = (_result: LongReadResult) => {}
  let cancelled = false
  const long: LongRead = { result: new Promise(resolve => (finish = resolve)), cancel: () => void (cancelled = true) }
  return { long, finish: () => finish(result), wasCancelled: () => cancelled }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

test('two queries run at a time, the others wait their turn', async () => {
  const queries = new RunningQueries()
  const reads = { a: read(), b: read(), c: read() }
  const begun: string[] = []
  const ended = (['a', 'b', 'c'] as const).map(id =>
    queries.run(id, () => {
      begun.push(id)
      return reads[id].long
    }),
  )
  await turn()
  expect(begun).toEqual(['a', 'b'])
  expect([queries.isRunning('a'), queries.isRunning('c')]).toEqual([true, false])
  reads.a.finish()
  await ended[0]
  await turn()
  expect(begun).toEqual(['a', 'b', 'c'])
  expect(queries.isRunning('a')).toBe(false)
  reads.b.finish()
  reads.c.finish()
  expect(await Promise.all(ended)).toEqual([result, result, result])
})

test('a query is cancelled while it runs, and never begins when it is cancelled while it waits', async () => {
  const queries = new RunningQueries()
  const [one, two] = [read(), read()]
  const ended = [queries.run('one', () => one.long), queries.run('two', () => two.long)]
  const waiting = queries.run('waiting', () => {
    throw new Error('began')
  })
  await turn()
  queries.cancel('one')
  queries.cancel('waiting')
  queries.cancel('nothing')
  expect([one.wasCancelled(), two.wasCancelled()]).toEqual([true, false])
  one.finish()
  two.finish()
  await Promise.all(ended)
  expect(await waiting).toBeUndefined()
})
