/**
 * Why a signature is refused. Each protocol has its own code for each kind; the texts are AWS's.
 * - incomplete: parts missing or unreadable
 * - mismatch: the signature, or its scope, is not the one expected
 * - unsupported: by a mechanism that is not taken, such as Signature Version 2
 * - expired: too old, or from the future
 */
export class SignatureError extends Error {
  readonly kind: 'incomplete' | 'mismatch' | 'expired' | 'unsupported'
  /** Of a presigned URL that has expired, or lacks something, which S3 words in its own way. */
  readonly presigned: boolean
  constructor(kind: SignatureError['kind'], message: string, presigned = false) {
    super(message)
    this.name = 'SignatureError'
    this.kind = kind
    this.presigned = presigned
  }
}
