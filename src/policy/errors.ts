/** A place in a policy document. */
export interface Position {
  /** 1 for the first line. */
  readonly line: number
  /** 1 for the first character of the line, in UTF-16 units. */
  readonly column: number
  /** 0 for the first character of the document, in UTF-16 units. */
  readonly offset: number
}

/**
 * A document that is not a policy. The message is what the IAM API puts beside the error code of the same name; where it is
 * in the document is told apart, because clients compare messages.
 */
export class MalformedPolicyDocument extends Error {
  override readonly name = 'MalformedPolicyDocument'
  readonly position: Position
  /** What exactly is wrong, for people: the AWS messages are often vague. */
  readonly detail: string

  constructor(message: string, position: Position, detail: string = message) {
    super(message)
    this.position = position
    this.detail = detail
  }
}

/** The line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  let line = 1
  let lineStart = 0
  for (let newline = text.indexOf('\n'); newline !== -1 && newline < offset; newline = text.indexOf('\n', newline + 1)) {
    line++
    lineStart = newline + 1
  }
  return { line, column: offset - lineStart + 1, offset }
}
