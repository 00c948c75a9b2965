import type { Position } from './errors.ts'

/** Where a document is used; decides which elements it may have. */
export type PolicyKind = 'identity' | 'resource' | 'trust' | 'session' | 'boundary' | 'scp' | 'rcp' | 'vpce'

export type PolicyVersion = '2008-10-17' | '2012-10-17'

/** A policy as written, parsed and checked. Immutable. IAM User Guide, "IAM JSON policy element reference". */
export interface PolicyDocument {
  readonly kind: PolicyKind
  /** The text that was parsed. */
  readonly text: string
  /** The language version in force: the older one when the document names none. */
  readonly version: PolicyVersion
  readonly versionGiven: boolean
  readonly id?: string | undefined
  readonly statements: readonly Statement[]
  /** Just after the opening bracket of the Statement list, or the opening brace of a lone statement. */
  readonly statementsStart: Position
}

export interface Statement {
  /** Its place in the document, from 0. */
  readonly index: number
  readonly sid?: string | undefined
  readonly effect: 'Allow' | 'Deny'
  readonly principal?: PrincipalElement | undefined
  readonly action: ValueList
  /** Absent in trust policies, which apply to their role. */
  readonly resource?: ValueList | undefined
  readonly conditions: readonly Condition[]
  /** The opening brace. */
  readonly start: Position
  /** The character after the closing brace. */
  readonly end: Position
}

/** Action, NotAction, Resource or NotResource. */
export interface ValueList {
  /** It is the Not... form. */
  readonly negated: boolean
  readonly values: readonly string[]
  /** The offset of each value's first character, its quotation mark. */
  readonly offsets: readonly number[]
}

export type PrincipalType = 'AWS' | 'Federated' | 'Service' | 'CanonicalUser'

/** Principal or NotPrincipal. */
export interface PrincipalElement {
  readonly negated: boolean
  /** `"Principal": "*"`, or `"AWS": "*"`, which means the same. */
  readonly everyone: boolean
  readonly entries: readonly PrincipalEntry[]
}
export interface PrincipalEntry {
  readonly type: PrincipalType
  readonly value: string
  readonly offset: number
}

export type SetQualifier = 'ForAllValues' | 'ForAnyValue'

/** One key under one operator; all conditions of a statement must hold. */
export interface Condition {
  /** As written, for example `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string
  /** The operator without qualifier and suffix, in the documentation's spelling, for example `StringLike`. */
  readonly base: string
  readonly qualifier?: SetQualifier | undefined
  readonly ifExists: boolean
  /** As written; keys compare without case. */
  readonly key: string
  readonly values: readonly string[]
  /** The offset of the key. */
  readonly offset: number
}
