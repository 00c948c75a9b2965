import type { AuthorizationRequest } from '../../policy/index.ts'
import { nameOf, type Verdict } from './settle.ts'

/** Why an answer is what it is, as plain data. */
export interface Justification {
  readonly outcome: Verdict['outcome']
  readonly action: string
  readonly resource: string
  /** Circumstances of the request that was replayed. */
  readonly context: AuthorizationRequest['context']
  /** The type of policy that allowed. */
  readonly decidedBy: string
  /** The statements that decided. */
  readonly statements: readonly string[]
  /** What must hold. */
  readonly conditions: readonly string[]
}

export const justificationOf = ({ outcome, request, decision, conditions }: Verdict): Justification => ({
  outcome,
  action: request.action,
  resource: request.resource,
  context: request.context,
  decidedBy: decision.decidedBy,
  statements: decision.statements.map(nameOf),
  conditions,
})

export const isPossible = ({ outcome }: Pick<Verdict, 'outcome'>): boolean => outcome !== 'denied'
