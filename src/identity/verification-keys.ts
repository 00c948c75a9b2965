import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { rememberedByText } from './remembered-by-text.ts'

const keysOfText = rememberedByText(1_000, text => createLocalJWKSet(JSON.parse(text) as JSONWebKeySet))

/**
 * The keys of a set, ready to verify with. Reading a key takes longer than verifying a signature by it, so that sets are kept by what they say: two
 * sets that say the same are the same.
 */
export const verificationKeys = (set: JSONWebKeySet): ReturnType<typeof createLocalJWKSet> => keysOfText(JSON.stringify(set))
