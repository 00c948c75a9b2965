import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CertificateAuthority, CertificateAuthoritySummary } from '../../wire/models/eks.ts'
import { clusterAccess, pageByName } from './access.ts'
import { authorityOf } from './certificate-authority.ts'
import { requireCluster } from './cluster-store.ts'
import { eks } from './service.ts'

/*
 * A cluster has one certificate authority, the one that its certificates are signed by. It is not rotated through this API: what is said of it is true, and
 * what would change it is refused. EKS User Guide, "Rotate the EKS cluster certificate authority (CA)".
 */

/** ListCertificateAuthorities. EKS API Reference, "ListCertificateAuthorities". */
export const ListCertificateAuthorities = eks.operation('ListCertificateAuthorities', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const authority = authorityOf(await requireCluster(tx, place, input.clusterName))
    const { page, nextToken } = pageByName(authority ? [authority] : [], ({ id }) => id, input)
    return { certificateAuthorities: page.map(summaryOf), nextToken }
  },
})

/** DescribeCertificateAuthority. EKS API Reference, "DescribeCertificateAuthority". */
export const DescribeCertificateAuthority = eks.operation('DescribeCertificateAuthority', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle({ clusterName, certificateAuthorityId }, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, clusterName)
    return { certificateAuthority: requireAuthority(cluster, certificateAuthorityId) }
  },
})

/** CreateCertificateAuthority is refused: there is nothing that could sign with a second one. EKS API Reference, "CreateCertificateAuthority". */
export const CreateCertificateAuthority = eks.operation('CreateCertificateAuthority', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle({ clusterName }, { tx, ...place }) {
    await requireCluster(tx, place, clusterName)
    throw new eks.InvalidParameterException(
      `The certificate authority of ${clusterName} is that of Gatehouse, which is not rotated through this API.`,
      { clusterName },
    )
  },
})

/** ActivateCertificateAuthority: of the one that signs already. EKS API Reference, "ActivateCertificateAuthority". */
export const ActivateCertificateAuthority = eks.operation('ActivateCertificateAuthority', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle({ clusterName, certificateAuthorityId }, { tx, ...place }) {
    requireAuthority(await requireCluster(tx, place, clusterName), certificateAuthorityId)
    throw new eks.InvalidParameterException(`Certificate authority ${certificateAuthorityId} is IN_USE already.`, { clusterName })
  },
})

/** DeleteCertificateAuthority: never of the one that signs. EKS API Reference, "DeleteCertificateAuthority". */
export const DeleteCertificateAuthority = eks.operation('DeleteCertificateAuthority', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle({ clusterName, certificateAuthorityId }, { tx, ...place }) {
    requireAuthority(await requireCluster(tx, place, clusterName), certificateAuthorityId)
    throw new eks.ResourceInUseException(`Certificate authority ${certificateAuthorityId} is IN_USE and cannot be deleted.`, {
      clusterName,
    })
  },
})

function requireAuthority(cluster: ClustersTable, id: string): CertificateAuthority {
  const authority = authorityOf(cluster)
  if (authority?.id !== id)
    throw new eks.ResourceNotFoundException(`No certificate authority found for id: ${id}.`, { clusterName: cluster.name })
  return authority
}

const summaryOf = ({
  id,
  createdAt,
  createdBy,
  activatedAt,
  activatedBy,
  signingStatus,
  distributionStatus,
}: CertificateAuthority): CertificateAuthoritySummary => ({
  id,
  createdAt,
  createdBy,
  activatedAt,
  activatedBy,
  signingStatus,
  distributionStatus,
})
