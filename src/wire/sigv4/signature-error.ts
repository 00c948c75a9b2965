/**
 * Why a signature is refused. Each protocol has its own code for each kind; the texts are AWS's.
 * - incomplete: parts missing or unreadable
 * - mismatch: the signature, or its scope, is not the one expected
 * - unsupported: by a mechanism that is not taken, such as Signature Version 2, or without what the service asks for beside it
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

const mismatchText =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/** What was calculated of a request whose signature is another. */
export interface Calculation {
  readonly canonicalRequest: string
  readonly stringToSign: string
}

/** A signature that is not the one of its request, or of one of its body's chunks: of a chunk it is not told what was calculated. */
export class SignatureMismatch extends SignatureError {
  readonly calculation: Calculation | undefined
  constructor(calculation?: Calculation) {
    super('mismatch', mismatchText)
    this.calculation = calculation
  }
}

/** Headers that must be signed and are not. */
export class HeadersNotSigned extends SignatureError {
  readonly names: readonly string[]
  constructor(names: readonly string[]) {
    super('mismatch', `'${names[0]}' must be a 'SignedHeader' in the AWS Authorization.`)
    this.names = names
  }
}

/** What a request says of its payload, when that is neither a hash nor one of the words that S3 takes. */
export class PayloadHashForm extends SignatureError {
  readonly declared: string
  constructor(declared: string) {
    super('unsupported', 'x-amz-content-sha256 is not of a form that is taken.')
    this.declared = declared
  }
}
