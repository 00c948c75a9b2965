import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { SignatureClaim } from './claim.ts'

const derived = new Map<string, KeyObject>()
const mostDerived = 10_000

/**
 * The key that signs one day's requests to one service in one region. Derived once a day and scope: four HMACs cost more
 * than the rest of the check,
 * and a key object is used five times as fast as the same bytes in a buffer.
 * @see IAM User Guide, "Create a signed AWS API request", step 4
 */
export function signingKey(
  secretAccessKey: string,
  { date, region, service }: Pick<SignatureClaim, 'date' | 'region' | 'service'>,
): KeyObject {
  const name = `${secretAccessKey}/${date}/${region}/${service}`
  const known = derived.get(name)
  if (known) return known
  const hmac = (key: Buffer | string, data: string) => createHmac('sha256', key).update(data).digest()
  const key = createSecretKey(hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), 'aws4_request'))
  // Unknown dates and regions from one key could fill the map: the oldest entry goes.
  if (derived.size >= mostDerived) derived.delete(derived.keys().next().value as string)
  derived.set(name, key)
  return key
}
