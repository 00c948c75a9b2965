import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeAuthority } from '../../../src/identity/certificate.ts'
import { type House, seededRandom } from '../call.ts'
import { arnOf, iamHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
  await house.call('CreateUser', { UserName: 'Bob' })
})
afterEach(() => house.close())

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string

const made = (seed: number) =>
  makeAuthority({ subject: { commonName: 'example.com' }, notBefore: Date.UTC(2025, 0), notAfter: Date.UTC(2035, 0) }, seededRandom(seed))
const { certificatePem: certificate, keyPem: privateKey } = made(1)
const otherKey = made(2).keyPem

describe('SSH public keys', () => {
  test('come back in either encoding', async () => {
    const { SSHPublicKey } = await house.call('UploadSSHPublicKey', { UserName: 'Bob', SSHPublicKeyBody: pem })
    expect(SSHPublicKey).toMatchObject({ UserName: 'Bob', SSHPublicKeyId: expect.stringMatching(/^APKA/), Status: 'Active' })
    expect(SSHPublicKey.Fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)
    const of = { UserName: 'Bob', SSHPublicKeyId: SSHPublicKey.SSHPublicKeyId }
    const ssh = (await house.call('GetSSHPublicKey', { ...of, Encoding: 'SSH' })).SSHPublicKey.SSHPublicKeyBody
    expect(ssh).toMatch(/^ssh-rsa AAAAB3NzaC1yc2E/)
    expect((await house.call('GetSSHPublicKey', { ...of, Encoding: 'PEM' })).SSHPublicKey.SSHPublicKeyBody).toBe(pem)
    expect((await house.refusal('UploadSSHPublicKey', { UserName: 'Bob', SSHPublicKeyBody: ssh })).code).toBe('DuplicateSSHPublicKey')
    await house.call('UpdateSSHPublicKey', { ...of, Status: 'Inactive' })
    expect((await house.call('ListSSHPublicKeys', { UserName: 'Bob' })).SSHPublicKeys[0].Status).toBe('Inactive')
    expect((await house.refusal('DeleteUser', { UserName: 'Bob' })).message).toBe(
      'Cannot delete entity, must remove referenced objects first.',
    )
    await house.call('DeleteSSHPublicKey', of)
    expect((await house.refusal('DeleteSSHPublicKey', of)).code).toBe('NoSuchEntity')
  })

  test.each([
    ['nonsense', 'UnrecognizedPublicKeyEncoding'],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ', 'InvalidPublicKey'],
    [generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }) as string, 'InvalidPublicKey'],
  ])('%.30s is refused', async (SSHPublicKeyBody, code) => {
    expect((await house.refusal('UploadSSHPublicKey', { UserName: 'Bob', SSHPublicKeyBody })).code).toBe(code)
  })
})

test('signing certificates', async () => {
  const { Certificate } = await house.call('UploadSigningCertificate', { UserName: 'Bob', CertificateBody: certificate })
  expect(Certificate).toMatchObject({ UserName: 'Bob', CertificateId: expect.stringMatching(/^[A-Z2-7]{32}$/), Status: 'Active' })
  expect((await house.refusal('UploadSigningCertificate', { UserName: 'Bob', CertificateBody: certificate })).code).toBe(
    'DuplicateCertificate',
  )
  expect((await house.refusal('UploadSigningCertificate', { UserName: 'Bob', CertificateBody: 'x' })).code).toBe('MalformedCertificate')
  const of = { UserName: 'Bob', CertificateId: Certificate.CertificateId }
  await house.call('UpdateSigningCertificate', { ...of, Status: 'Inactive' })
  expect((await house.call('ListSigningCertificates', { UserName: 'Bob' })).Certificates[0].Status).toBe('Inactive')
  await house.call('DeleteSigningCertificate', of)
  expect((await house.refusal('DeleteSigningCertificate', of)).code).toBe('NoSuchEntity')
})

test('server certificates', async () => {
  const upload = { ServerCertificateName: 'Web', Path: '/cloudfront/', CertificateBody: certificate, PrivateKey: privateKey }
  expect((await house.refusal('UploadServerCertificate', { ...upload, PrivateKey: otherKey })).code).toBe('KeyPairMismatch')
  expect((await house.refusal('UploadServerCertificate', { ...upload, CertificateBody: 'x' })).message).toBe(
    'Unable to parse certificate. Please ensure the certificate is in PEM format.',
  )
  const { ServerCertificateMetadata } = await house.call('UploadServerCertificate', { ...upload, CertificateChain: certificate })
  expect(ServerCertificateMetadata).toMatchObject({
    ServerCertificateId: expect.stringMatching(/^ASCA/),
    Arn: arnOf('server-certificate/cloudfront/Web'),
    Expiration: new Date('2035-01-01'),
  })
  expect((await house.refusal('UploadServerCertificate', { ...upload, ServerCertificateName: 'WEB' })).code).toBe('EntityAlreadyExists')
  await house.call('UpdateServerCertificate', { ServerCertificateName: 'Web', NewServerCertificateName: 'Web2', NewPath: '/' })
  const { ServerCertificate } = await house.call('GetServerCertificate', { ServerCertificateName: 'Web2' })
  expect(ServerCertificate).toMatchObject({ CertificateBody: certificate, CertificateChain: certificate })
  expect(JSON.stringify(ServerCertificate)).not.toContain('PRIVATE KEY')
  await house.call('TagServerCertificate', { ServerCertificateName: 'Web2', Tags: [{ Key: 'a', Value: 'b' }] })
  expect((await house.call('ListServerCertificateTags', { ServerCertificateName: 'Web2' })).Tags).toHaveLength(1)
  expect((await house.call('ListServerCertificates', { PathPrefix: '/cloudfront/' })).ServerCertificateMetadataList).toEqual([])
  await house.call('DeleteServerCertificate', { ServerCertificateName: 'Web2' })
  expect(await house.refusal('GetServerCertificate', { ServerCertificateName: 'Web2' })).toEqual({
    code: 'NoSuchEntity',
    message: 'The Server Certificate with name Web2 cannot be found.',
  })
})

test('service-specific credentials', async () => {
  const create = { UserName: 'Bob', ServiceName: 'codecommit.amazonaws.com' }
  const { ServiceSpecificCredential } = await house.call('CreateServiceSpecificCredential', create)
  expect(ServiceSpecificCredential).toMatchObject({
    ServiceUserName: 'Bob-at-123456789012',
    ServicePassword: expect.any(String),
    ServiceSpecificCredentialId: expect.stringMatching(/^ACCA[A-Z2-7]{17}$/),
    Status: 'Active',
  })
  await house.call('CreateServiceSpecificCredential', create)
  expect((await house.refusal('CreateServiceSpecificCredential', create)).code).toBe('LimitExceeded')
  expect((await house.refusal('CreateServiceSpecificCredential', { ...create, ServiceName: 's3.amazonaws.com' })).code).toBe(
    'NotSupportedService',
  )
  const of = { UserName: 'Bob', ServiceSpecificCredentialId: ServiceSpecificCredential.ServiceSpecificCredentialId }
  const reset = (await house.call('ResetServiceSpecificCredential', of)).ServiceSpecificCredential
  expect(reset.ServicePassword).not.toBe(ServiceSpecificCredential.ServicePassword)
  await house.call('UpdateServiceSpecificCredential', { ...of, Status: 'Inactive' })
  const listed = await house.call('ListServiceSpecificCredentials', { AllUsers: true })
  expect(listed.ServiceSpecificCredentials).toHaveLength(2)
  expect(listed.ServiceSpecificCredentials[0]).not.toHaveProperty('ServicePassword')
  const bedrock = (
    await house.call('CreateServiceSpecificCredential', { UserName: 'Bob', ServiceName: 'bedrock.amazonaws.com', CredentialAgeDays: 30 })
  ).ServiceSpecificCredential
  expect(bedrock).toMatchObject({ ServiceCredentialAlias: 'Bob-at-123456789012', ExpirationDate: new Date(house.now + 30 * 86_400_000) })
  expect(bedrock.ServiceCredentialSecret).toBeDefined()
  await house.call('DeleteServiceSpecificCredential', of)
  expect((await house.refusal('DeleteServiceSpecificCredential', of)).code).toBe('NoSuchEntity')
})

describe('SAML providers', () => {
  const metadata = () => {
    const body = certificate.replace(/-----[^-]+-----|\s/g, '')
    return `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/meta"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`.padEnd(
      1000,
      ' ',
    )
  }

  test('a life', async () => {
    const { SAMLProviderArn } = await house.call('CreateSAMLProvider', { Name: 'Corp', SAMLMetadataDocument: metadata() })
    expect(SAMLProviderArn).toBe(arnOf('saml-provider/Corp'))
    const provider = await house.call('GetSAMLProvider', { SAMLProviderArn })
    expect(provider).toMatchObject({ SAMLMetadataDocument: metadata(), CreateDate: new Date(house.now) })
    expect(provider.SAMLKeyHashes[0].IssuerURL).toBe('https://idp.example/meta')
    expect((await house.call('ListSAMLProviders')).SAMLProviderList[0].Arn).toBe(SAMLProviderArn)
    expect((await house.refusal('CreateSAMLProvider', { Name: 'Corp', SAMLMetadataDocument: metadata() })).code).toBe('EntityAlreadyExists')
    await house.call('UpdateSAMLProvider', { SAMLProviderArn, AddPrivateKey: privateKey, AssertionEncryptionMode: 'Allowed' })
    const { PrivateKeyList } = await house.call('GetSAMLProvider', { SAMLProviderArn })
    await house.call('UpdateSAMLProvider', { SAMLProviderArn, RemovePrivateKey: PrivateKeyList[0].KeyId })
    await house.call('TagSAMLProvider', { SAMLProviderArn, Tags: [{ Key: 'a', Value: 'b' }] })
    expect((await house.call('ListSAMLProviderTags', { SAMLProviderArn })).Tags).toHaveLength(1)
    await house.call('DeleteSAMLProvider', { SAMLProviderArn })
    expect((await house.refusal('GetSAMLProvider', { SAMLProviderArn })).code).toBe('NoSuchEntity')
  })

  test.each([
    ['without sign-on services', () => metadata().replace(/<md:SingleSignOnService[^>]*>/, '')],
    ['without an entity’s id', () => metadata().replace(/entityID="[^"]*"/, 'entityID=""')],
    ['without keys', () => metadata().replace(/<md:KeyDescriptor.*<\/md:KeyDescriptor>/, '')],
  ])('metadata %s is refused', async (_, text) => {
    expect((await house.refusal('CreateSAMLProvider', { Name: 'Corp', SAMLMetadataDocument: text().padEnd(1000, ' ') })).message).toBe(
      'Could not parse metadata',
    )
  })

  test.each([['<x/>'], ['no xml'], ['<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><EntityDescriptor entityID="x"/>']])(
    'metadata %s is refused',
    async text => {
      expect(await house.refusal('CreateSAMLProvider', { Name: 'Corp', SAMLMetadataDocument: text.padEnd(1000, ' ') })).toEqual({
        code: 'InvalidInput',
        message: 'Could not parse metadata',
      })
    },
  )
})
