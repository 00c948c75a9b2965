import { type WebIdentityKeys, WebIdentityError } from '../identity/web-identity.ts'
import { keySet } from '../kubernetes/issuer/discovery.ts'
import type { IssuerKeys } from '../kubernetes/issuer/keys.ts'
import { clusterOfIssuer } from '../kubernetes/issuer/cluster-of-issuer.ts'
import type { Store } from '../store/index.ts'
import { guardedGet } from './guarded-get.ts'
import type { Network } from './public-address.ts'
import { createRemoteIssuers, type RemoteIssuers } from './remote-issuers.ts'

const largestBytes = 256 * 1024
const milliseconds = 5_000

/** Issuers elsewhere, asked over the network. @param networks  where issuers may be beside public addresses */
export const issuersOnNetwork = (networks: readonly Network[], now: () => number): RemoteIssuers =>
  createRemoteIssuers((url, thumbprints) => guardedGet(url, { networks, thumbprints, largestBytes, milliseconds }), now)

/**
 * Verification keys of issuers: those of our own clusters from the store, as nobody need reach our own listener for them; others from the issuer.
 * @param ownOrigin  what our own issuers begin with
 */
export function webIdentityKeys(
  store: Store,
  issuerKeys: IssuerKeys,
  { ownOrigin, remote, now }: { readonly ownOrigin: string; readonly remote: RemoteIssuers; readonly now: () => number },
): WebIdentityKeys {
  return {
    async keysFor(issuer, request) {
      const cluster = await store.read(tx => clusterOfIssuer(tx, issuer, request.account))
      if (cluster) return { keys: [...keySet(await issuerKeys.publishedKeys(cluster.id, now())).keys] }
      // Tokens of GetWebIdentityToken are not for coming back with. IAM User Guide, "Getting started with outbound identity federation".
      if (issuer === ownOrigin || issuer.startsWith(`${ownOrigin}/`))
        throw new WebIdentityError('invalid', 'Tokens of this issuer cannot be used to assume roles.')
      return remote.keysFor(issuer, request)
    },
  }
}
