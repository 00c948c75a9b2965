/**
 * Why a signature is refused. Each protocol has its own code for each kind; the texts are AWS's.
 * - incomplete: parts missing or unreadable
 * - mismatch: the signature, or its scope, is not the one expected
 * - expired: too old, or from the future
 */
export class SignatureError extends Error {
  readonly kind: 'incomplete' | 'mismatch' | 'expired'
  constructor(kind: SignatureError['kind'], message: string) {
    super(message)
    this.name = 'SignatureError'
    this.kind = kind
  }
}
