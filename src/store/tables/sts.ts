/** Keys of accounts' own issuers, which GetWebIdentityToken's tokens are signed with. */
export interface OutboundTokenKeysTable {
  account: string
  algorithm: 'RS256' | 'ES384'
  keyId: string
  /** Envelope of PKCS #8 PEM: see secrets.ts. */
  privateKey: string
  /** SPKI PEM. */
  publicKey: string
  createdAt: number
}
