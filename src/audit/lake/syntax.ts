/** A statement of CloudTrail Lake, parsed. Places are counted from 0. */

export type Expression =
  | {
      readonly is: 'literal'
      readonly type: 'varchar' | 'bigint' | 'double' | 'boolean' | 'unknown'
      readonly value: Scalar
      readonly at: number
    }
  | { readonly is: 'name'; readonly name: string; readonly at: number }
  | { readonly is: 'field'; readonly of: Expression; readonly name: string; readonly at: number }
  | { readonly is: 'subscript'; readonly of: Expression; readonly index: Expression; readonly at: number }
  | {
      readonly is: 'call'
      readonly name: string
      readonly arguments: readonly Expression[]
      readonly distinct: boolean
      /** `count(*)`. */
      readonly star: boolean
      /** Over which rows a window function looks; absent for other functions. */
      readonly over?: Window
      readonly at: number
    }
  | { readonly is: 'not' | 'negative'; readonly of: Expression; readonly at: number }
  | { readonly is: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression; readonly at: number }
  | { readonly is: 'null'; readonly of: Expression; readonly negated: boolean; readonly at: number }
  | {
      readonly is: 'in'
      readonly of: Expression
      readonly among: readonly Expression[] | Query
      readonly negated: boolean
      readonly at: number
    }
  | {
      readonly is: 'between'
      readonly of: Expression
      readonly low: Expression
      readonly high: Expression
      readonly negated: boolean
      readonly at: number
    }
  | {
      readonly is: 'like'
      readonly of: Expression
      readonly pattern: Expression
      readonly escape: Expression | undefined
      readonly negated: boolean
      readonly at: number
    }
  | {
      readonly is: 'case'
      readonly of: Expression | undefined
      readonly branches: readonly { readonly when: Expression; readonly result: Expression }[]
      readonly otherwise: Expression | undefined
      readonly at: number
    }
  | { readonly is: 'cast'; readonly of: Expression; readonly to: WrittenType; readonly lenient: boolean; readonly at: number }
  | Lambda

/** `x -> x = 'a'`, which stands only where a function takes one. */
export interface Lambda {
  readonly is: 'lambda'
  readonly parameter: string
  readonly body: Expression
  readonly at: number
}

/** Rows that have something in common, in an order. */
export interface Window {
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly Order[]
}

/** A type as a statement names it, in capitals: `ARRAY(JSON)`. */
export interface WrittenType {
  readonly name: string
  readonly of: readonly WrittenType[]
}

export type Scalar = string | number | boolean | null
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=' | 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM'
export type Operator = Comparison | 'AND' | 'OR' | '+' | '-' | '*' | '/' | '%' | '||'

/** What a column of a result is made of; `all` is `*`, or `alias.*`. */
export type Column =
  | { readonly is: 'all'; readonly of: string | undefined; readonly at: number }
  | { readonly is: 'column'; readonly value: Expression; readonly alias: string | undefined }

export type Source =
  | { readonly is: 'store'; readonly id: string; readonly alias: string | undefined; readonly at: number }
  | { readonly is: 'query'; readonly query: Query; readonly alias: string | undefined; readonly at: number }
  | {
      readonly is: 'join'
      readonly kind: 'INNER' | 'LEFT' | 'RIGHT'
      readonly left: Source
      readonly right: Source
      readonly on: Expression
      readonly at: number
    }
  | Unnest
  | Values

/** The items of an array, or keys and values of a map, each with the row that it is of. */
export interface Unnest {
  readonly is: 'unnest'
  /** LEFT keeps rows without items. */
  readonly kind: 'INNER' | 'LEFT'
  readonly left: Source
  readonly of: Expression
  readonly alias: string | undefined
  /** Names of its columns; none for those that the items have. */
  readonly columns: readonly string[]
  /** Whether a last column counts the items. */
  readonly ordinality: boolean
  readonly at: number
}

/** Rows that are written in the statement, each with every row before it. */
export interface Values {
  readonly is: 'values'
  readonly left: Source
  readonly rows: readonly (readonly Expression[])[]
  readonly alias: string | undefined
  readonly columns: readonly string[]
  readonly at: number
}

export interface Selection {
  readonly is: 'select'
  readonly distinct: boolean
  readonly columns: readonly Column[]
  readonly from: Source
  readonly where: Expression | undefined
  readonly groupBy: readonly Expression[]
  readonly having: Expression | undefined
  readonly at: number
}

export interface Combination {
  readonly is: 'combination'
  readonly operator: 'UNION' | 'UNION ALL' | 'EXCEPT' | 'INTERSECT'
  readonly left: Selection | Combination | Query
  readonly right: Selection | Query
  readonly at: number
}

export interface Query {
  readonly is: 'query'
  readonly body: Selection | Combination | Query
  readonly orderBy: readonly Order[]
  /** Rows that are passed over. */
  readonly offset: number
  readonly limit: number | undefined
}

export interface Order {
  readonly by: Expression
  readonly descending: boolean
  readonly nulls: 'FIRST' | 'LAST'
}
