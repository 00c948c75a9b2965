/** A parsed Amazon Resource Name. AWS General Reference, "Amazon Resource Names (ARNs)". */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  /** Everything after the fifth colon, colons included. */
  readonly resource: string
}

/**
 * Parses an ARN at the border.
 * @param text  a raw string, for example from a request
 * @returns     the ARN, or undefined when the text is not one
 */
export function parseArn(text: string): Arn | undefined {
  const parts = text.split(':')
  if (parts.length < 6 || parts[0] !== 'arn') return undefined
  const [, partition = '', service = '', region = '', account = ''] = parts
  return { partition, service, region, account, resource: parts.slice(5).join(':') }
}
