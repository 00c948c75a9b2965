import { type WebIdentityKeys, WebIdentityError } from '../identity/web-identity.ts'
import { keySet } from '../kubernetes/issuer/discovery.ts'
import type { IssuerKeys } from '../kubernetes/issuer/keys.ts'
import type { Store } from '../store/index.ts'

/**
 * Verification keys of our own clusters' issuers, read from the store: nobody need reach our own listener for them, and no request
 * makes us fetch from an address that a token names.
 */
export function webIdentityKeys(store: Store, issuerKeys: IssuerKeys, now: () => number): WebIdentityKeys {
  return {
    async keysFor(issuer) {
      const cluster = await store.read(tx => tx.selectFrom('clusters').select('id').where('issuerUrl', '=', issuer).executeTakeFirst())
      if (cluster) return { keys: [...keySet(await issuerKeys.publishedKeys(cluster.id, now())).keys] }
      throw new WebIdentityError(
        'unreachable',
        `Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements`,
      )
    },
  }
}
