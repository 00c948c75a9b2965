import { MalformedPolicyDocument, parsePolicy, type PolicyDocument, policySize } from '../../policy/index.ts'
import { defaultQuotas, quotaExceeded } from './quotas.ts'
import { iam } from './service.ts'

/**
 * Parses a document that a caller gives.
 * @throws MalformedPolicyDocument in IAM's words
 */
export function parseDocument(text: string, kind: 'identity' | 'trust'): PolicyDocument {
  try {
    return parsePolicy(text, kind)
  } catch (error) {
    if (error instanceof MalformedPolicyDocument) throw new iam.MalformedPolicyDocument(error.message)
    throw error
  }
}

/** Checks a managed policy's document. @throws MalformedPolicyDocument, LimitExceeded */
export function checkManagedDocument(text: string): void {
  const { PolicySize } = defaultQuotas
  if (policySize(text, 'identity') > PolicySize) throw quotaExceeded('PolicySize', PolicySize)
  parseDocument(text, 'identity')
}

/**
 * A document as IAM returns it: percent-encoded. IAM API Reference, "GetRolePolicy": compliant with RFC 3986, so that the characters
 * that encodeURIComponent leaves out are encoded too.
 */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
