import { oidcProviderArn } from '../../identity/arns.ts'
import { ServiceError } from '../../wire/errors.ts'
import { issuers } from './service.ts'

/**
 * GetIssuerThumbprint: what "Get thumbprint" in the console shows before a provider is added: of the certificate that CreateOpenIDConnectProvider would record by itself.
 * Whoever may add the provider may ask. IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM", console procedure.
 */
export const GetIssuerThumbprint = issuers.operation<'GetIssuerThumbprint', string>('GetIssuerThumbprint', {
  async prepare({ url }) {
    if (!url.startsWith('https://') || !URL.canParse(url)) throw new issuers.InvalidRequestException('Invalid Open ID Connect Provider URL')
    return ''
  },

  access: ({ url }, { account }) => ({
    action: 'iam:CreateOpenIDConnectProvider',
    resource: oidcProviderArn(account, url.slice('https://'.length)),
  }),

  // Only for who may add the provider we connect to an address that a request names.
  async reach({ url }, { world }) {
    try {
      return await world.issuerProbe.thumbprintOf(url)
    } catch (problem) {
      // The probe speaks in IAM's errors; this service has its own.
      if (problem instanceof ServiceError) throw new issuers.InvalidRequestException(problem.message)
      throw problem
    }
  },

  handle: (_input, _context, thumbprint) => Promise.resolve({ thumbprint }),
})
