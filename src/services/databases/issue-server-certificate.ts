import { databases } from './service.ts'

/** IssueServerCertificate: the certificate of a database's proxy. Whoever may create the instance stands for it. */
export const IssueServerCertificate = databases.operation('IssueServerCertificate', {
  access: ({ hostname }, { account, region }) => ({
    action: 'rds:CreateDBInstance',
    resource: `arn:aws:rds:${region}:${account}:db:${hostname.split('.')[0]}`,
  }),
  async handle({ hostname }, { world, account, now }) {
    const { certificatePem, keyPem, renewAt } = await world.certificates.serverCertificate([hostname], now)
    return { accountId: account, certificatePem, keyPem, renewAt: new Date(renewAt) }
  },
  trail: () => ({ responseElements: null }),
  // Certificates have a transaction of their own, which must not wait for this one.
  transaction: 'read',
})
