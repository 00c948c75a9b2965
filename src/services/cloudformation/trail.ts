import type { JsonObject } from '../../types/json.ts'
import type { TrailDetails } from '../operation.ts'
import { trailValue } from '../trail-values.ts'
import { cloudformation } from './service.ts'
import { hidden } from './template/parameters.ts'

interface StackInput {
  readonly Parameters?: readonly { readonly ParameterKey?: string; readonly UsePreviousValue?: boolean }[]
  readonly TemplateBody?: string
}

/**
 * The record of a call that gives parameters: which of them are secrets only the template tells, so that no value is on record, nor the template.
 * CloudFormation User Guide, "Logging CloudFormation API calls with CloudTrail".
 */
export const stackTrail =
  (operation: string) =>
  (input: StackInput): TrailDetails => {
    const { TemplateBody: _body, Parameters, ...rest } = input
    const shown = Parameters?.map(({ ParameterKey, UsePreviousValue }) =>
      UsePreviousValue ? { ParameterKey, UsePreviousValue } : { ParameterKey, ParameterValue: hidden },
    )
    const { model } = cloudformation
    const requestParameters = trailValue(model, model.operations[operation]?.input, { ...rest, ...(shown && { Parameters: shown }) })
    return { requestParameters: requestParameters as JsonObject }
  }
