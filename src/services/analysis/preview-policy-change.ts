import { Estate } from '../../analysis/graph/estate.ts'
import { Graph } from '../../analysis/graph/graph.ts'
import { Escalations } from '../../analysis/graph/paths.ts'
import { withChange } from '../../analysis/graph/planned-change.ts'
import { type Answer, newAccess } from '../../analysis/questions.ts'
import { describeRequest } from '../../analysis/request-text.ts'
import { MalformedPolicyDocument, parsePolicy, type PolicyDocument } from '../../policy/index.ts'
import type { JsonObject } from '../../types/json.ts'
import { graphOf } from './caller-world.ts'
import { plain, type PreviewPolicyChangeRequest } from './model.ts'
import { gapsOf, named } from './questions.ts'
import { analysis, anyResource } from './service.ts'

/** Witnesses of each answer, and escalations, that are told. */
const most = 20
/** Steps of the search, which is a browser's wait. */
const steps = 200_000

/**
 * PreviewPolicyChange: what a policy would newly allow and newly deny, each with a request that the engine decided, and, where it is said where the policy goes, who
 * would newly be or become an administrator. `gatehouse diff` and `gatehouse test --with`.
 */
export const PreviewPolicyChange = analysis.operation<'PreviewPolicyChange', Graph | undefined>('PreviewPolicyChange', {
  access: () => anyResource,
  reach: async ({ subject }, context) => (subject === undefined ? undefined : graphOf(context)),
  async handle(input, _, graph) {
    const { policyType, currentPolicy = allowNothing[policyType], proposedPolicy, subject } = input
    const before = documentOf('currentPolicy', currentPolicy, policyType)
    const after = documentOf('proposedPolicy', proposedPolicy, policyType)
    const limits = { witnesses: most, steps }
    return {
      newlyAllowed: told(newAccess(before, after, policyType, limits)),
      newlyDenied: told(newAccess(after, before, policyType, limits)),
      ...(graph && subject !== undefined
        ? { ...newEscalations(graph, subject, proposedPolicy), dependsOn: gapsOf(graph) }
        : { newEscalations: [], newAdministrators: [], dependsOn: [] }),
    }
  },
})

const deny = { Effect: 'Deny', Action: '*' }
/** A policy that is not there yet. */
const allowNothing = {
  identity: JSON.stringify({ Version: '2012-10-17', Statement: [{ ...deny, Resource: '*' }] }),
  resource: JSON.stringify({ Version: '2012-10-17', Statement: [{ ...deny, Principal: '*', Resource: '*' }] }),
  trust: JSON.stringify({ Version: '2012-10-17', Statement: [{ ...deny, Principal: '*', Action: 'sts:*' }] }),
}

function documentOf(member: string, text: string, kind: PreviewPolicyChangeRequest['policyType']): PolicyDocument {
  try {
    return parsePolicy(text, kind)
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    const { position, detail } = problem
    throw new analysis.ValidationException(`${member}, line ${position.line}, column ${position.column}: ${detail}`)
  }
}

const told = (answer: Answer): JsonObject =>
  plain({
    outcome: answer.outcome,
    ...(answer.outcome === 'found' && {
      witnesses: answer.witnesses.map(({ request, statementIndex, statementId, unknownAction }) => ({
        statement: statementIndex,
        ...(statementId !== undefined && { statementId }),
        request,
        text: describeRequest(request),
        ...(unknownAction && { unknownAction }),
      })),
    }),
  })

function newEscalations(graph: Graph, subject: string, text: string) {
  const changed = named(() => withChange(graph.estate.snapshot, { subject, text, source: 'proposedPolicy' }))
  const before = new Escalations(graph)
  const after = new Escalations(new Graph(new Estate(changed)))
  const knownAdministrators = new Set(before.administrators)
  const known = new Set([...before.escalations.map(({ from }) => from), ...knownAdministrators])
  return {
    newAdministrators: after.administrators.filter(id => !knownAdministrators.has(id)).slice(0, most),
    newEscalations: after.escalations
      .filter(({ from }) => !known.has(from))
      .slice(0, most)
      .map(({ from, to, steps: path }) => plain({ from, to, path: path() })),
  }
}
