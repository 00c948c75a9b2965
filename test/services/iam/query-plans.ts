import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely'
import type { Transaction } from '../../../src/store/index.ts'
import type { House } from '../call.ts'

/**
 * What SQLite would do for the queries of a call that reads: the lines of EXPLAIN QUERY PLAN.
 * @see SQLite documentation, "EXPLAIN QUERY PLAN": SEARCH visits the rows wanted, SCAN all of a table or index
 */
export async function plansOf(house: House, operation: string, input: object): Promise<readonly string[]> {
  const { store } = house.world
  const nodes: RootOperationNode[] = []
  const noteNodes: KyselyPlugin = {
    transformQuery({ node }) {
      nodes.push(node)
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const read = store.read.bind(store)
  const noting: Pick<typeof store, 'read'> = { read: work => read(tx => work(tx.withPlugin(noteNodes))) }
  Object.assign(store, noting)
  try {
    await house.call(operation, input)
  } finally {
    Object.assign(store, { read })
  }
  return read(tx => explain(tx, nodes))
}

async function explain(tx: Transaction, nodes: readonly RootOperationNode[]): Promise<readonly string[]> {
  const lines: string[] = []
  for (const node of nodes) {
    const { sql, parameters } = tx.getExecutor().compileQuery(node, { queryId: 'plan' })
    const plan = await tx.executeQuery<{ detail: string }>(CompiledQuery.raw(`EXPLAIN QUERY PLAN ${sql}`, [...parameters]))
    lines.push(...plan.rows.map(({ detail }) => detail))
  }
  return lines
}

/** Lines that cost more the more rows there are: whole tables or indexes, and sorting of whatever was found. */
export const growing = (lines: readonly string[]): readonly string[] =>
  lines.filter(line => /^SCAN (?!\(|CONSTANT)|USE TEMP B-TREE/.test(line))
