import { isReserved, readExpression } from './parse-expression.ts'
import { readOrder } from './parse-parts.ts'
import { QueryProblem } from './query-problem.ts'
import type { Column, Combination, Expression, Query, Selection, Source, Unnest } from './syntax.ts'
import { TokenReader } from './token-reader.ts'

/** Selections that one statement combines, and sources that one selection joins, at most. */
const mostCombined = 20
const mostJoined = 8
/** Queries that WITH names at most, and selections that a statement is made of when each named query stands where it is used. */
const mostNamed = 10
const mostSelections = 60

/**
 * Parses a statement.
 * @param statement   one SELECT of CloudTrail Lake
 * @param parameters  values for its `?`, in order
 * @throws            QueryProblem for anything else
 * @see               CloudTrail User Guide, "CloudTrail Lake SQL constraints"
 */
export function parseQuery(statement: string, parameters: readonly string[] = []): Query {
  const reader = new TokenReader(statement, parameters)
  if (!reader.isWord('SELECT') && !reader.isWord('WITH') && !reader.isSymbol('('))
    throw new QueryProblem('Only SELECT statements are allowed', reader.at)
  if (reader.takeWords('WITH')) readNamed(reader)
  const query = readQuery(reader)
  // The samples that AWS publishes end with one.
  reader.takeSymbol(';')
  if (reader.peek().kind !== 'end') throw reader.unexpected()
  return query
}

/** Names queries for the sources of what comes after them, the queries that follow among it. Trino documentation, "SELECT", WITH clause. */
function readNamed(reader: TokenReader): void {
  if (reader.isWord('RECURSIVE') && !reader.isWord('AS', 1)) throw new QueryProblem('WITH RECURSIVE is not supported', reader.at)
  do {
    const { at } = reader
    const name = readName(reader).toLowerCase()
    if (reader.named.has(name)) throw new QueryProblem(`WITH query name '${name}' specified more than once`, at)
    if (reader.named.size === mostNamed) throw new QueryProblem(`WITH names more than ${mostNamed} queries`, at)
    if (reader.isSymbol('('))
      throw new QueryProblem('names of columns after a name of WITH are not supported: use AS in the query', reader.at)
    reader.expectWords('AS')
    reader.expectSymbol('(')
    const before = reader.selections
    reader.selections = 0
    const query = readQuery(reader)
    reader.expectSymbol(')')
    reader.named.set(name, { query, selections: reader.selections })
    reader.selections = before
  } while (reader.takeSymbol(','))
}

function readQuery(reader: TokenReader): Query {
  return reader.nested(() => {
    const body = readCombination(reader)
    const orderBy = reader.takeWords('ORDER', 'BY') ? reader.list(() => readOrder(reader, () => read(reader))) : []
    const offset = reader.takeWords('OFFSET') ? readOffset(reader) : 0
    return { is: 'query', body, orderBy, offset, limit: readEnd(reader) }
  })
}

/** INTERSECT binds closer than the others; those go from left to right. Trino documentation, "SELECT", UNION | INTERSECT | EXCEPT. */
function readCombination(reader: TokenReader): Query['body'] {
  let count = 1
  const combine = (left: Query['body'], operator: Combination['operator'], read: () => Selection | Query, at: number): Combination => {
    if (++count > mostCombined) throw new QueryProblem(`more than ${mostCombined} selections are combined`, at)
    return { is: 'combination', operator, left, right: read(), at }
  }
  const closer = (): Query['body'] => {
    let left: Query['body'] = readTerm(reader)
    for (let { at } = reader; reader.takeWords('INTERSECT'); at = reader.at) {
      refuseAll(reader, 'INTERSECT')
      left = combine(left, 'INTERSECT', () => readTerm(reader), at)
    }
    return left
  }
  const wrapped = (): Selection | Query => {
    const body = closer()
    return body.is === 'combination' ? { is: 'query', body, orderBy: [], offset: 0, limit: undefined } : body
  }
  let left = closer()
  for (;;) {
    const { at } = reader
    if (reader.takeWords('UNION')) left = combine(left, reader.takeWords('ALL') ? 'UNION ALL' : unless(reader, 'UNION'), wrapped, at)
    else if (reader.takeWords('EXCEPT')) {
      refuseAll(reader, 'EXCEPT')
      left = combine(left, 'EXCEPT', wrapped, at)
    } else return left
  }
}

function unless<Word>(reader: TokenReader, word: Word): Word {
  reader.takeWords('DISTINCT')
  return word
}

function refuseAll(reader: TokenReader, operator: string): void {
  if (reader.isWord('ALL')) throw new QueryProblem(`${operator} ALL is not supported`, reader.at)
  reader.takeWords('DISTINCT')
}

function readTerm(reader: TokenReader): Selection | Query {
  if (!reader.takeSymbol('(')) return readSelection(reader)
  const query = readQuery(reader)
  reader.expectSymbol(')')
  return query
}

function countSelections(reader: TokenReader, more: number, at: number): void {
  reader.selections += more
  if (reader.selections > mostSelections) throw new QueryProblem(`the statement is made of more than ${mostSelections} selections`, at)
}

function readSelection(reader: TokenReader): Selection {
  const { at } = reader
  reader.expectWords('SELECT')
  countSelections(reader, 1, at)
  const distinct = reader.takeWords('DISTINCT')
  if (!distinct) reader.takeWords('ALL')
  const columns = reader.list(() => readColumn(reader))
  if (!reader.isWord('FROM')) throw reader.unexpected("'FROM'")
  reader.take()
  const from = readSources(reader)
  const where = reader.takeWords('WHERE') ? read(reader) : undefined
  const groupBy = reader.takeWords('GROUP', 'BY') ? reader.list(() => readGroup(reader)) : []
  const having = reader.takeWords('HAVING') ? read(reader) : undefined
  return { is: 'select', distinct, columns, from, where, groupBy, having, at }
}

const read = (reader: TokenReader): Expression => readExpression(reader, readQuery)

function readGroup(reader: TokenReader): Expression {
  for (const word of ['ROLLUP', 'CUBE', 'GROUPING'])
    if (reader.isWord(word) && !reader.isSymbol(',', 1)) throw new QueryProblem(`${word} is not supported`, reader.at)
  return read(reader)
}

function readColumn(reader: TokenReader): Column {
  const { at } = reader
  if (reader.takeSymbol('*')) return { is: 'all', of: undefined, at }
  if (reader.isSymbol('.', 1) && reader.isSymbol('*', 2)) {
    const of = readName(reader)
    reader.take()
    reader.take()
    return { is: 'all', of, at }
  }
  return { is: 'column', value: read(reader), alias: readAlias(reader) }
}

function readName(reader: TokenReader): string {
  const { kind, value } = reader.peek()
  if (kind !== 'quoted' && (kind !== 'word' || isReserved(value))) throw reader.unexpected('a name')
  return reader.take().value
}

/** Words that may follow a column or a source, and so are no alias of it without AS. */
const following = new Set(['LIMIT', 'OFFSET', 'FETCH', 'WINDOW', 'TABLESAMPLE', 'ASC', 'DESC', 'NULLS'])

function readAlias(reader: TokenReader): string | undefined {
  if (reader.takeWords('AS')) return readName(reader)
  const { kind, value } = reader.peek()
  return kind === 'quoted' || (kind === 'word' && !isReserved(value) && !following.has(value.toUpperCase())) ? readName(reader) : undefined
}

function readSources(reader: TokenReader): Source {
  let left = readSource(reader)
  for (let joined = 1; ; joined++) {
    const { at } = reader
    for (const word of ['FULL', 'NATURAL'])
      if (reader.isWord(word)) throw new QueryProblem(`${word} JOIN is not supported: LEFT, RIGHT and INNER JOIN are`, at)
    // A comma between sources is a CROSS JOIN. Trino documentation, "SELECT", CROSS JOIN.
    const crossed = reader.takeSymbol(',') || reader.takeWords('CROSS', 'JOIN')
    const kind = crossed ? 'CROSS' : joinKind(reader)
    if (!kind) return left
    if (joined >= mostJoined) throw new QueryProblem(`more than ${mostJoined} sources are joined`, at)
    if (kind !== 'RIGHT' && reader.isWord('UNNEST')) {
      left = readUnnest(reader, left, kind)
      continue
    }
    if (kind === 'CROSS' && reader.isSymbol('(') && reader.isWord('VALUES', 1)) {
      left = readValues(reader, left)
      continue
    }
    const right = readSource(reader)
    if (kind === 'CROSS') {
      left = { is: 'join', kind: 'INNER', left, right, on: { is: 'literal', type: 'boolean', value: true, at }, at }
      continue
    }
    if (reader.isWord('USING')) throw new QueryProblem('USING is not supported: write ON', reader.at)
    reader.expectWords('ON')
    left = { is: 'join', kind, left, right, on: read(reader), at }
  }
}

/** Trino documentation, "SELECT", UNNEST. */
function readUnnest(reader: TokenReader, left: Source, kind: Unnest['kind'] | 'CROSS'): Source {
  const { at } = reader
  reader.expectWords('UNNEST')
  reader.expectSymbol('(')
  const of = read(reader)
  if (reader.isSymbol(',')) throw new QueryProblem('UNNEST is supported of one array or map', reader.at)
  reader.expectSymbol(')')
  const ordinality = reader.takeWords('WITH', 'ORDINALITY')
  const alias = readAlias(reader)
  const named = alias !== undefined && reader.takeSymbol('(')
  const columns = named ? reader.list(() => readName(reader)) : []
  if (named) reader.expectSymbol(')')
  if (kind !== 'CROSS') readOnTrue(reader)
  return { is: 'unnest', kind: kind === 'LEFT' ? 'LEFT' : 'INNER', left, of, alias, columns, ordinality, at }
}

/** "Currently, LEFT JOIN on UNNEST is only supported with condition ON TRUE." Trino documentation, "SELECT", UNNEST. */
function readOnTrue(reader: TokenReader): void {
  reader.expectWords('ON')
  if (!reader.takeWords('TRUE')) throw new QueryProblem('JOIN involving UNNEST is only supported with condition ON TRUE', reader.at)
}

/** Trino documentation, "VALUES". */
function readValues(reader: TokenReader, left: Source): Source {
  const { at } = reader
  reader.expectSymbol('(')
  reader.expectWords('VALUES')
  const rows = reader.list(() => (reader.isSymbol('(') ? readRow(reader) : [read(reader)]))
  reader.expectSymbol(')')
  const alias = readAlias(reader)
  const named = alias !== undefined && reader.takeSymbol('(')
  const columns = named ? reader.list(() => readName(reader)) : []
  if (named) reader.expectSymbol(')')
  return { is: 'values', left, rows, alias, columns, at }
}

function readRow(reader: TokenReader): Expression[] {
  reader.expectSymbol('(')
  const row = reader.list(() => read(reader))
  reader.expectSymbol(')')
  return row
}

function joinKind(reader: TokenReader): 'INNER' | 'LEFT' | 'RIGHT' | undefined {
  if (reader.takeWords('JOIN') || reader.takeWords('INNER', 'JOIN')) return 'INNER'
  for (const kind of ['LEFT', 'RIGHT'] as const) if (reader.takeWords(kind, 'JOIN') || reader.takeWords(kind, 'OUTER', 'JOIN')) return kind
  return undefined
}

function readSource(reader: TokenReader): Source {
  const { at } = reader
  if (reader.takeSymbol('(')) {
    const query = readQuery(reader)
    reader.expectSymbol(')')
    return { is: 'query', query, alias: readAlias(reader), at }
  }
  const named = reader.peek().kind === 'store' ? undefined : reader.named.get(reader.peek().value.toLowerCase())
  if (named) {
    const name = readName(reader)
    countSelections(reader, named.selections, at)
    return { is: 'query', query: named.query, alias: readAlias(reader) ?? name, at }
  }
  if (reader.isWord('UNNEST')) throw new QueryProblem('UNNEST is supported after CROSS JOIN alone', at)
  const { value } = reader.expectKind('store', 'the id of an event data store')
  return { is: 'store', id: value.toLowerCase(), alias: readAlias(reader), at }
}

/** Trino documentation, "SELECT", OFFSET clause. */
function readOffset(reader: TokenReader): number {
  const rows = readCount(reader, 'offset')
  takeRows(reader)
  return rows
}

const takeRows = (reader: TokenReader): boolean => reader.takeWords('ROWS') || reader.takeWords('ROW')

/** Trino documentation, "SELECT", LIMIT or FETCH FIRST clause. */
function readEnd(reader: TokenReader): number | undefined {
  if (reader.takeWords('LIMIT')) return reader.takeWords('ALL') ? undefined : readCount(reader, 'limit')
  if (!reader.takeWords('FETCH')) return undefined
  if (!reader.takeWords('NEXT')) reader.expectWords('FIRST')
  const rows = reader.peek().kind === 'number' ? readCount(reader, 'number of rows') : 1
  if (!takeRows(reader)) throw reader.unexpected("'ROWS'")
  if (reader.isWord('WITH')) throw new QueryProblem('FETCH FIRST ... WITH TIES is not supported', reader.at)
  reader.expectWords('ONLY')
  return rows
}

function readCount(reader: TokenReader, what: string): number {
  const { value, at } = reader.expectKind('number', 'a number')
  if (!/^\d{1,15}$/.test(value)) throw new QueryProblem(`Invalid ${what}: ${value}`, at)
  return Number(value)
}
