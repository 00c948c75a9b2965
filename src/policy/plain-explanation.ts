import type { Explanation } from './explain.ts'

/** The explanation for machines: places as line and column, no offsets. */
export function plainExplanation({ request, decision, groups, missingContextKeys }: Explanation) {
  return {
    effect: decision.effect,
    decidedBy: decision.decidedBy,
    crossAccount: decision.crossAccount,
    principal: request.principal,
    action: request.action,
    resource: request.resource,
    context: request.context,
    missingContextKeys,
    policyTypes: groups.map(({ statements, ...group }) => ({
      ...group,
      statements: statements.map(({ policy, start, end: _end, index, statement: _statement, ...explained }) => ({
        policy: policy.id,
        ...(policy.arn !== undefined && { policyArn: policy.arn }),
        statement: index,
        line: start.line,
        column: start.column,
        ...explained,
      })),
    })),
  }
}
