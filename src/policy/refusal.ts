import type { PolicyKind } from './document.ts'

/** What every part of the parser needs to refuse something. */
export interface Refusal {
  readonly kind: PolicyKind
  /**
   * Throws MalformedPolicyDocument.
   * @param offset   where in the document
   * @param message  AWS's words
   * @param detail   our words, when AWS's say little
   */
  refuse(offset: number, message: string, detail?: string): never
}

/** IAM's answer to whatever is not in its grammar. */
export const syntaxErrors = 'Syntax errors in policy.'
