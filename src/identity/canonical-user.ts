import { createHash } from 'node:crypto'

/** The canonical user ID of an account: 64 hexadecimal digits. The real ones are not derived from anything; ours are, so that all parts agree. */
export const canonicalIdOf = (account: string): string => createHash('sha256').update(`canonical user of ${account}`).digest('hex')
