import type { RequestFacts } from '../../services/request-facts.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { SignatureClaim } from '../../wire/sigv4/claim.ts'

/** What the network said about a request. */
export const requestFacts = ({ headers, remoteAddress, secure, tls }: WireRequest, claim: SignatureClaim | undefined): RequestFacts => ({
  sourceIp: remoteAddress,
  userAgent: headers['user-agent'] ?? '',
  secure,
  host: headers['host'] ?? '',
  ...(headers['referer'] !== undefined && { referer: headers['referer'] }),
  ...(claim && { signature: { form: claim.form, requestAt: claim.requestAt } }),
  ...(tls && { tlsVersion: tls.version, cipherSuite: tls.cipher }),
  ...(/^\d{1,15}$/.test(headers['content-length'] ?? '') && { contentLength: Number(headers['content-length']) }),
  ...(headers['x-amz-content-sha256'] !== undefined && { contentSha256: headers['x-amz-content-sha256'] }),
  ...(headers['content-md5'] !== undefined && { contentMd5: headers['content-md5'] }),
})
