import { createHash, X509Certificate } from 'node:crypto'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CertificateAuthority } from '../../wire/models/eks.ts'

/** The one certificate authority of a cluster; undefined until the cluster runs for the first time. EKS API Reference, "CertificateAuthority". */
export function authorityOf({
  certificateAuthority,
  createdAt,
  id,
}: ClustersTable): (CertificateAuthority & { readonly id: string }) | undefined {
  if (certificateAuthority === null) return undefined
  const certificate = new X509Certificate(certificateAuthority)
  // A UUID in form, the same for as long as the certificate is.
  const digest = createHash('sha256').update(id).update(certificate.raw).digest('hex')
  return {
    id: digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
    createdAt: new Date(createdAt),
    createdBy: 'EKS',
    activatedAt: new Date(createdAt),
    activatedBy: 'EKS',
    signingStatus: 'IN_USE',
    distributionStatus: 'COMPLETE',
    validity: { notBefore: certificate.validFromDate, notAfter: certificate.validToDate },
    rollbackAvailable: false,
    data: Buffer.from(certificateAuthority).toString('base64'),
  }
}
