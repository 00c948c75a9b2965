import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** A server asks for work by its iterations: more than this many would be an attack. */
const mostIterations = 1_000_000

/**
 * The client's side of SCRAM-SHA-256, without channel binding. RFC 5802; RFC 7677.
 * @param nonce  printable text without commas, used once
 */
export function scramClient(password: string, nonce: string) {
  const bare = `n=,r=${nonce}`
  let expected: Buffer | undefined
  return {
    first: `n,,${bare}`,
    /** @throws Error when the server's message is not an answer to ours */
    final(serverFirst: string): string {
      const [, combined = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d{1,7})$/.exec(serverFirst) ?? []
      if (!combined.startsWith(nonce) || combined === nonce || Number(iterations) < 1 || Number(iterations) > mostIterations)
        throw new Error('the database answered SCRAM with something else')
      const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256')
      const clientKey = hmac(salted, 'Client Key')
      const withoutProof = `c=biws,r=${combined}`
      const covered = `${bare},${serverFirst},${withoutProof}`
      const signature = hmac(createHash('sha256').update(clientKey).digest(), covered)
      expected = hmac(hmac(salted, 'Server Key'), covered)
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] as number)))
      return `${withoutProof},p=${proof.toString('base64')}`
    },
    /** Whether the server knows the password too. */
    verifies(serverFinal: string): boolean {
      const given = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(serverFinal)?.[1] ?? '', 'base64')
      return expected !== undefined && given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}
