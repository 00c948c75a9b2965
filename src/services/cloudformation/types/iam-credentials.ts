import type { JsonObject } from '../../../types/json.ts'
import { changed, difference, document, requiredText, tagChanges, tagged, tagsOf, text, texts, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// What people and programs prove themselves with. CloudFormation Template Reference, "AWS::IAM::AccessKey", "AWS::IAM::OIDCProvider" and its kin.

const call = <Output = object>(context: ResourceContext, operation: string, input: object) => context.call<Output>('iam', operation, input)

/** Brings tags from one set to another by the operations of one kind of resource. */
async function retag(
  kind: string,
  named: object,
  next: ReturnType<typeof tagsOf>,
  previous: ReturnType<typeof tagsOf>,
  context: ResourceContext,
): Promise<void> {
  const { set, remove } = tagChanges(next, previous)
  if (remove.length > 0) await call(context, `Untag${kind}`, { ...named, TagKeys: remove })
  if (set.length > 0) await call(context, `Tag${kind}`, { ...named, Tags: set })
}

export const accessKey: ResourceType = {
  name: 'AWS::IAM::AccessKey',
  properties: { ...mutable('Status'), ...replacing('UserName', 'Serial') },
  required: ['UserName'],
  grantsAccess: true,
  attributes: ['SecretAccessKey'],

  async create(properties, context) {
    const UserName = requiredText(properties, 'UserName')
    const { AccessKey } = await call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(context, 'CreateAccessKey', {
      UserName,
    })
    const { AccessKeyId, SecretAccessKey } = AccessKey
    if (text(properties, 'Status') === 'Inactive')
      await thenFinish(AccessKeyId, () => call(context, 'UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' }))
    return { physicalId: AccessKeyId, attributes: { SecretAccessKey } }
  },

  async update(AccessKeyId, properties, _previous, context) {
    const [UserName, Status] = [requiredText(properties, 'UserName'), text(properties, 'Status') ?? 'Active']
    await call(context, 'UpdateAccessKey', { UserName, AccessKeyId, Status })
    return { physicalId: AccessKeyId }
  },

  delete: (AccessKeyId, properties, context) =>
    unlessGone(call(context, 'DeleteAccessKey', { UserName: requiredText(properties, 'UserName'), AccessKeyId })),
}

export const oidcProvider: ResourceType = {
  name: 'AWS::IAM::OIDCProvider',
  properties: { ...mutable('ClientIdList', 'ThumbprintList', 'Tags'), ...replacing('Url') },
  required: ['Url'],
  grantsAccess: false,
  attributes: ['Arn'],

  async create(properties, context) {
    const { OpenIDConnectProviderArn: Arn } = await call<{ OpenIDConnectProviderArn: string }>(context, 'CreateOpenIDConnectProvider', {
      Url: requiredText(properties, 'Url'),
      ClientIDList: texts(properties, 'ClientIdList'),
      ThumbprintList: texts(properties, 'ThumbprintList'),
      ...tagged(tagsOf(properties, context.tags)),
    })
    return { physicalId: Arn, attributes: { Arn } }
  },

  async update(arn, properties, previous, context) {
    const named = { OpenIDConnectProviderArn: arn }
    const clients = difference(texts(properties, 'ClientIdList'), texts(previous, 'ClientIdList'))
    for (const ClientID of clients.added) await call(context, 'AddClientIDToOpenIDConnectProvider', { ...named, ClientID })
    for (const ClientID of clients.removed) await call(context, 'RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID })
    if (changed(properties, previous, 'ThumbprintList'))
      await call(context, 'UpdateOpenIDConnectProviderThumbprint', { ...named, ThumbprintList: texts(properties, 'ThumbprintList') })
    await retag('OpenIDConnectProvider', named, tagsOf(properties, context.tags), tagsOf(previous, context.previousTags), context)
    return { physicalId: arn }
  },

  delete: (arn, _properties, context) => unlessGone(call(context, 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })),
}

export const samlProvider: ResourceType = {
  name: 'AWS::IAM::SAMLProvider',
  properties: { ...mutable('SamlMetadataDocument', 'Tags', 'AssertionEncryptionMode'), ...replacing('Name', 'AddPrivateKey') },
  required: ['SamlMetadataDocument'],
  namedBy: 'Name',
  grantsAccess: false,
  attributes: ['Arn', 'SamlProviderUUID'],

  async create(properties, context) {
    const { SAMLProviderArn } = await call<{ SAMLProviderArn: string }>(context, 'CreateSAMLProvider', {
      Name: text(properties, 'Name') ?? context.name(128),
      SAMLMetadataDocument: document(properties['SamlMetadataDocument']),
      AssertionEncryptionMode: text(properties, 'AssertionEncryptionMode'),
      AddPrivateKey: text(properties, 'AddPrivateKey'),
      ...tagged(tagsOf(properties, context.tags)),
    })
    const { SAMLProviderUUID = '' } = await call<{ SAMLProviderUUID?: string }>(context, 'GetSAMLProvider', { SAMLProviderArn })
    return { physicalId: SAMLProviderArn, attributes: { Arn: SAMLProviderArn, SamlProviderUUID: SAMLProviderUUID } }
  },

  async update(SAMLProviderArn, properties, previous, context) {
    await call(context, 'UpdateSAMLProvider', {
      SAMLProviderArn,
      SAMLMetadataDocument: document(properties['SamlMetadataDocument']),
      AssertionEncryptionMode: text(properties, 'AssertionEncryptionMode'),
    })
    await retag('SAMLProvider', { SAMLProviderArn }, tagsOf(properties, context.tags), tagsOf(previous, context.previousTags), context)
    return { physicalId: SAMLProviderArn }
  },

  delete: (SAMLProviderArn, _properties, context) => unlessGone(call(context, 'DeleteSAMLProvider', { SAMLProviderArn })),
}

export const serverCertificate: ResourceType = {
  name: 'AWS::IAM::ServerCertificate',
  properties: { ...mutable('Path', 'Tags'), ...replacing('ServerCertificateName', 'CertificateBody', 'CertificateChain', 'PrivateKey') },
  required: ['CertificateBody', 'PrivateKey'],
  namedBy: 'ServerCertificateName',
  grantsAccess: false,
  attributes: ['Arn'],

  async create(properties, context) {
    const ServerCertificateName = text(properties, 'ServerCertificateName') ?? context.name(128)
    const { ServerCertificateMetadata } = await call<{ ServerCertificateMetadata: { Arn: string } }>(context, 'UploadServerCertificate', {
      ServerCertificateName,
      Path: text(properties, 'Path'),
      CertificateBody: requiredText(properties, 'CertificateBody'),
      CertificateChain: text(properties, 'CertificateChain'),
      PrivateKey: requiredText(properties, 'PrivateKey'),
      ...tagged(tagsOf(properties, context.tags)),
    })
    return { physicalId: ServerCertificateName, attributes: { Arn: ServerCertificateMetadata.Arn } }
  },

  async update(ServerCertificateName, properties, previous, context) {
    if (changed(properties, previous, 'Path'))
      await call(context, 'UpdateServerCertificate', { ServerCertificateName, NewPath: text(properties, 'Path') ?? '/' })
    const [next, before] = [tagsOf(properties, context.tags), tagsOf(previous, context.previousTags)]
    await retag('ServerCertificate', { ServerCertificateName }, next, before, context)
    const { ServerCertificate } = await call<{ ServerCertificate: { ServerCertificateMetadata: { Arn: string } } }>(
      context,
      'GetServerCertificate',
      { ServerCertificateName },
    )
    return { physicalId: ServerCertificateName, attributes: { Arn: ServerCertificate.ServerCertificateMetadata.Arn } }
  },

  delete: (ServerCertificateName, _properties, context) => unlessGone(call(context, 'DeleteServerCertificate', { ServerCertificateName })),
}

export const virtualMfaDevice: ResourceType = {
  name: 'AWS::IAM::VirtualMFADevice',
  properties: { ...mutable('Tags', 'Users'), ...replacing('VirtualMfaDeviceName', 'Path') },
  required: ['Users'],
  namedBy: 'VirtualMfaDeviceName',
  grantsAccess: false,
  attributes: ['SerialNumber'],

  async create(properties, context) {
    refuseUsers(properties)
    const { VirtualMFADevice } = await call<{ VirtualMFADevice: { SerialNumber: string } }>(context, 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: text(properties, 'VirtualMfaDeviceName') ?? context.name(226),
      Path: text(properties, 'Path'),
      ...tagged(tagsOf(properties, context.tags)),
    })
    const { SerialNumber } = VirtualMFADevice
    return { physicalId: SerialNumber, attributes: { SerialNumber } }
  },

  async update(SerialNumber, properties, previous, context) {
    refuseUsers(properties)
    await retag('MFADevice', { SerialNumber }, tagsOf(properties, context.tags), tagsOf(previous, context.previousTags), context)
    return { physicalId: SerialNumber }
  },

  delete: (SerialNumber, _properties, context) => unlessGone(call(context, 'DeleteVirtualMFADevice', { SerialNumber })),
}

/** Codes from a device are what enables it, and a template has none. */
function refuseUsers(properties: JsonObject): void {
  if (texts(properties, 'Users').length > 0) throw new Error('A template cannot enable a device: Users must be empty.')
}
