import { type ErrorCode, model, type Operations } from '../../wire/models/iam.ts'
import { defineService } from '../operation.ts'

const beginsAndEnds = 'It must begin and end with / and contain only alphanumeric characters and/or / characters.'

/**
 * How IAM refuses names, paths and documents that do not have their form. Not documented: as tools for AWS show its answers, for names and paths
 * from Terraform's AWS provider and ROSA's command line, for documents from the AWS CLI.
 */
const patternWords = {
  '[\\w+=,.@-]+': 'It must contain only alphanumeric characters and/or the following: +=,.@_-',
  '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)': beginsAndEnds,
  '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/': beginsAndEnds,
  '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+': 'It must contain only printable ASCII characters.',
}

/** AWS Identity and Access Management. IAM API Reference. */
export const iam = defineService<Operations, ErrorCode>({
  name: 'iam',
  model,
  actionPrefix: 'iam',
  eventSource: 'iam.amazonaws.com',
  accessDenied: { code: 'AccessDenied', status: 403 },
  global: true,
  patternWords,
})
