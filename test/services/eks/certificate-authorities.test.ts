import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCertificateAuthority } from '../../../src/identity/certificate-authority.ts'
import type { House } from '../call.ts'
import { demoCluster, eksHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await eksHouse()
  await house.call('CreateCluster', demoCluster())
})
afterEach(() => house.close())

test('the certificate authority of a cluster is told, and stays', async () => {
  const { store, secrets, random } = house.world
  const { certificatePem } = await openCertificateAuthority(store, secrets, random, house.now)
  await store.write(tx => tx.updateTable('clusters').set({ certificateAuthority: certificatePem }).execute())
  const { certificateAuthorities } = await house.call('ListCertificateAuthorities', { clusterName: 'demo' })
  expect(certificateAuthorities).toMatchObject([{ signingStatus: 'IN_USE', distributionStatus: 'COMPLETE', createdBy: 'EKS' }])
  const named = { clusterName: 'demo', certificateAuthorityId: certificateAuthorities[0].id }
  const { cluster } = await house.call('DescribeCluster', { name: 'demo' })
  expect(cluster.certificateAuthority.active).toEqual({ id: certificateAuthorities[0].id, activatedBy: 'EKS' })
  const { certificateAuthority } = await house.call('DescribeCertificateAuthority', named)
  expect(Buffer.from(certificateAuthority.data, 'base64').toString()).toBe(certificatePem)
  expect(certificateAuthority.validity.notBefore.getTime()).toBeLessThanOrEqual(house.now)
  expect(await house.refusal('DeleteCertificateAuthority', named)).toMatchObject({ code: 'ResourceInUseException' })
  expect(await house.refusal('ActivateCertificateAuthority', named)).toMatchObject({ code: 'InvalidParameterException' })
})
