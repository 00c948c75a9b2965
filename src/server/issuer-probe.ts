import { thumbprintOf } from '../kubernetes/issuer/thumbprint.ts'
import type { Endpoints, IssuerProbe } from '../services/world.ts'
import { ServiceError } from '../wire/errors.ts'

/** Our own certificates are at hand. Other issuers are not asked: a request must not make us connect to an address that it names. */
export function issuerProbe({ own, certificatePem }: { own: Pick<Endpoints, 'https'>; certificatePem: string }): IssuerProbe {
  return {
    async thumbprintOf(url) {
      if (url === own.https || url.startsWith(`${own.https}/`)) return thumbprintOf(certificatePem)
      throw new ServiceError(
        'OpenIdIdpCommunicationError',
        400,
        `Gatehouse asks no issuer but its own clusters' for certificates: give the thumbprint of ${new URL(url).host} with the request.`,
      )
    },
  }
}
