/** What the network said about the call. */
export interface RequestFacts {
  readonly sourceIp: string
  readonly userAgent: string
  readonly secure: boolean
  readonly host: string
  readonly referer?: string
  /** How the request was signed, when it was. */
  readonly signature?: { readonly form: 'header' | 'presigned'; readonly requestAt: number }
  /** Such as `TLSv1.3`. */
  readonly tlsVersion?: string
  readonly cipherSuite?: string
  /** Bytes of the body, as its header says. */
  readonly contentLength?: number
  /** The header x-amz-content-sha256. */
  readonly contentSha256?: string
  /** The header content-md5. */
  readonly contentMd5?: string
}
