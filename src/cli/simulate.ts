import { Command } from 'commander'
import { type EvaluationResult, type SimulatedStatement, simulate } from '../policy/index.ts'
import { actionName, type PolicyOptions, readPolicyQuestion, withPolicyOptions } from './policy-question.ts'

interface SimulateOptions extends PolicyOptions {
  readonly resource: readonly string[]
}

/** Scripts tell a refusal from a mistake in the question, which ends with 1. */
const exitCodeOfRefusal = 3

/** `gatehouse simulate`: which of these actions on these resources would be allowed. IAM API Reference, "SimulateCustomPolicy". */
export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description('say whether actions on resources would be allowed: gatehouse simulate --policy policy.json --resource ARN s3:GetObject')
    .argument('<action...>', 'actions, such as s3:GetObject', (text, before: string[] | undefined) => [...(before ?? []), actionName(text)])
    .option('--resource <arn>', 'a resource; repeatable; * when none is given', (value: string, before: string[]) => [...before, value], [])
    .addHelpText('after', `\nEnds with 0 when everything is allowed, with ${exitCodeOfRefusal} when something is not.`)
  return withPolicyOptions(command).action(async (actions: string[], options: SimulateOptions) => {
    const { principal, context, policiesFor } = await readPolicyQuestion(options)
    const resources = options.resource.length > 0 ? options.resource : ['*']
    const results = actions.flatMap(action =>
      resources.flatMap(resource =>
        simulate({
          principal,
          context,
          policies: policiesFor(action, resource),
          actions: [action],
          resources: options.resource.length > 0 ? [resource] : [],
        }),
      ),
    )
    console.log(options.json ? JSON.stringify({ EvaluationResults: results }, undefined, 2) : results.map(linesOf).join('\n'))
    if (results.some(({ EvalDecision }) => EvalDecision !== 'allowed')) process.exitCode = exitCodeOfRefusal
  })
}

function linesOf({ EvalActionName, EvalResourceName, EvalDecision, MatchedStatements, ...rest }: EvaluationResult): string {
  const missing = rest.ResourceSpecificResults?.[0]?.MissingContextValues ?? rest.MissingContextValues
  return [
    `${EvalDecision.padEnd(12)}  ${EvalActionName}  ${EvalResourceName}`,
    ...MatchedStatements.map(statement => `              by ${placeOf(statement)}`),
    ...(missing.length > 0 ? [`              asks for ${missing.join(', ')}, which the request lacks`] : []),
  ].join('\n')
}

const placeOf = ({ SourcePolicyId, EndPosition: { Line, Column } }: SimulatedStatement) =>
  `${SourcePolicyId}, the statement that ends at line ${Line} column ${Column}`
