import { CredentialError, type CredentialDirectory } from '../identity/credentials.ts'
import type { PresignedVerifier } from '../kubernetes/token-review/authenticate-token.ts'
import type { WireRequest } from '../wire/message.ts'
import { readSignature } from '../wire/sigv4/claim.ts'
import { SignatureError } from '../wire/sigv4/signature-error.ts'
import { verifySignature } from '../wire/sigv4/verify.ts'

/** Verifies the presigned GetCallerIdentity call that a cluster token is, by the keys that we hold: STS itself is never called. */
export function presignedVerifier(credentials: CredentialDirectory): PresignedVerifier {
  return async ({ method, url, headers, lifetimeSeconds }, now) => {
    const { pathname, search } = new URL(url)
    const request: WireRequest = {
      method,
      path: pathname,
      query: search.slice(1),
      headers: { ...headers },
      rawHeaders: [],
      body: new Uint8Array(0),
      secure: true,
      remoteAddress: '',
      receivedAt: now,
    }
    try {
      const claim = readSignature(request)
      if (!claim) return { refused: 'the URL is not signed' }
      const { principal, secretAccessKey } = await credentials.find(claim.accessKeyId, claim.sessionToken, now)
      verifySignature(request, { ...claim, expiresSeconds: lifetimeSeconds }, secretAccessKey, now)
      return { principal }
    } catch (problem) {
      if (problem instanceof SignatureError || problem instanceof CredentialError) return { refused: problem.message }
      throw problem
    }
  }
}
