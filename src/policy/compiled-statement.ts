import type { ActionPattern } from './action.ts'
import type { ResourcePattern } from './arn-pattern.ts'
import type { ConditionTest } from './condition.ts'
import type { Statement } from './document.ts'
import type { Position } from './errors.ts'
import type { PrincipalTest } from './principal.ts'

/** What a policy is called in explanations. */
export interface PolicySource {
  /** A name or an ARN. */
  readonly id: string
  /** As the IAM API names it. */
  readonly type:
    | 'AWS managed'
    | 'user managed'
    | 'inline'
    | 'user'
    | 'group'
    | 'role'
    | 'resource'
    | 'trust'
    | 'session'
    | 'boundary'
    | 'scp'
    | 'rcp'
    | 'vpce'
    | 'none'
  readonly arn?: string | undefined
}

/** A statement that decided, or that applies. */
export interface MatchedStatement {
  readonly policy: PolicySource
  /** Its place in the document, from 0. */
  readonly index: number
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly start: Position
  readonly end: Position
  readonly statement: Statement
}

export interface CompiledStatement {
  readonly statement: Statement
  readonly allow: boolean
  readonly actions: readonly ActionPattern[]
  /** Absent: the statement is about the one resource that it is attached to. */
  readonly resources: readonly ResourcePattern[] | undefined
  /** Every resource matches. */
  readonly anyResource: boolean
  readonly principal: PrincipalTest | undefined
  readonly conditions: readonly ConditionTest[]
  /** What a decision says when this statement made it. */
  readonly matched: MatchedStatement
}
