import { expect, test } from 'vitest'
import { batchesOf, type Placed } from '../../src/store/cassandra/archive.ts'

const placed = (partition: string, row: number): Placed => ({ partition, query: 'INSERT', params: [partition, row] })

test('statements go together by partition, none twice and none left out, below what Cassandra warns of', () => {
  const names = ['EventName a', 'EventSource b', `ResourceName ${'r'.repeat(2_048)}`]
  const statements = Array.from({ length: 500 }, (_, row) => [placed(`record ${row}`, row), ...names.map(name => placed(name, row))]).flat()
  const batches = batchesOf(statements)
  for (const batch of batches) {
    const partitions = new Set(batch.map(({ params: [partition] }) => partition as string))
    expect(partitions.size).toBe(1)
    if (batch.length > 1) expect(batch.length * ([...partitions][0] as string).length).toBeLessThan(5_120)
  }
  const all = batches.flat().map(({ params }) => params.join(' '))
  expect(all).toHaveLength(statements.length)
  expect(new Set(all).size).toBe(statements.length)
  expect(batches.length).toBeLessThan(500 + 500 + 20)
})
