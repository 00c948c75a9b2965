import { createLocalJWKSet, type JSONWebKeySet } from 'jose'

export type VerificationKeys = ReturnType<typeof createLocalJWKSet>

const mostKept = 1_000
const kept = new Map<string, VerificationKeys>()

/**
 * The keys of a set, ready to verify with. Reading a key takes longer than verifying a signature by it, so that sets are kept by what they say: two
 * sets that say the same are the same.
 */
export function verificationKeys(set: JSONWebKeySet): VerificationKeys {
  const text = JSON.stringify(set)
  const known = kept.get(text)
  if (known) return known
  // Issuers change their keys: the set that came first goes.
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
  const keys = createLocalJWKSet(set)
  kept.set(text, keys)
  return keys
}
