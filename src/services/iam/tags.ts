import { recordChange, type Transaction } from '../../store/index.ts'
import type { Tag } from '../../wire/models/iam.ts'
import type { CallContext } from '../operation.ts'
import {
  instanceProfileAccess,
  mfaDeviceAccess,
  oidcProviderAccess,
  policyAccess,
  requestTagKeys,
  roleAccess,
  userAccess,
} from './access.ts'
import { requireInstanceProfile, requireRole, requireUser } from './entities.ts'
import { requireCustomerPolicy, requirePolicy } from './managed-policies.ts'
import { requireDevice } from './mfa-devices.ts'
import { requireProvider } from './oidc-providers.ts'
import { requireSamlProvider, samlProviderAccess } from './saml-providers.ts'
import { requireServerCertificate, serverCertificateAccess } from './server-certificates.ts'
import { iam } from './service.ts'
import { addTags, removeTags, type TagOwner, tagPage } from './tagging.ts'

type Context = CallContext & { readonly tx: Transaction }

const userOwner = async (name: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'user',
  id: (await requireUser(tx, account, name)).id,
})
const roleOwner = async (name: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'role',
  id: (await requireRole(tx, account, name)).id,
})
const policyOwner = async (arn: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'policy',
  id: (await requireCustomerPolicy(tx, account, arn)).id,
})
const profileOwner = async (name: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'instanceProfile',
  id: (await requireInstanceProfile(tx, account, name)).id,
})
const providerOwner = async (arn: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'oidcProvider',
  id: (await requireProvider(tx, account, arn)).arn,
})
const deviceOwner = async (serial: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'mfaDevice',
  id: (await requireDevice(tx, account, serial)).serial,
})
const certificateOwner = async (name: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'serverCertificate',
  id: (await requireServerCertificate(tx, account, name)).id,
})
const samlOwner = async (arn: string, { tx, account }: Context): Promise<TagOwner> => ({
  kind: 'samlProvider',
  id: (await requireSamlProvider(tx, account, arn)).arn,
})

async function tag(owner: TagOwner, tags: readonly Tag[], { tx, account, now }: Context): Promise<Record<string, never>> {
  await addTags(tx, owner, tags)
  await recordChange(tx, { account, kind: owner.kind, id: owner.id, at: now })
  return {}
}

async function untag(owner: TagOwner, keys: readonly string[], { tx, account, now }: Context): Promise<Record<string, never>> {
  await removeTags(tx, owner, keys)
  await recordChange(tx, { account, kind: owner.kind, id: owner.id, at: now })
  return {}
}

const tagKeys = (keys: readonly string[]) => ({ 'aws:TagKeys': keys })

/** TagUser. IAM API Reference, "TagUser". */
export const TagUser = iam.operation('TagUser', {
  access: ({ UserName, Tags }, context) => userAccess(context, UserName, requestTagKeys(Tags)),
  handle: async ({ UserName, Tags }, context) => tag(await userOwner(UserName, context), Tags, context),
})

/** UntagUser. IAM API Reference, "UntagUser". */
export const UntagUser = iam.operation('UntagUser', {
  access: ({ UserName, TagKeys }, context) => userAccess(context, UserName, tagKeys(TagKeys)),
  handle: async ({ UserName, TagKeys }, context) => untag(await userOwner(UserName, context), TagKeys, context),
})

/** ListUserTags. IAM API Reference, "ListUserTags". */
export const ListUserTags = iam.operation('ListUserTags', {
  access: ({ UserName }, context) => userAccess(context, UserName),
  handle: async (input, context) => tagPage(context.tx, await userOwner(input.UserName, context), input),
})

/** TagRole: service-linked roles too. IAM API Reference, "TagRole". */
export const TagRole = iam.operation('TagRole', {
  access: ({ RoleName, Tags }, context) => roleAccess(context, RoleName, requestTagKeys(Tags)),
  handle: async ({ RoleName, Tags }, context) => tag(await roleOwner(RoleName, context), Tags, context),
})

/** UntagRole. IAM API Reference, "UntagRole". */
export const UntagRole = iam.operation('UntagRole', {
  access: ({ RoleName, TagKeys }, context) => roleAccess(context, RoleName, tagKeys(TagKeys)),
  handle: async ({ RoleName, TagKeys }, context) => untag(await roleOwner(RoleName, context), TagKeys, context),
})

/** ListRoleTags. IAM API Reference, "ListRoleTags". */
export const ListRoleTags = iam.operation('ListRoleTags', {
  access: ({ RoleName }, context) => roleAccess(context, RoleName),
  handle: async (input, context) => tagPage(context.tx, await roleOwner(input.RoleName, context), input),
})

/** TagPolicy: customer managed ones. IAM API Reference, "TagPolicy". */
export const TagPolicy = iam.operation('TagPolicy', {
  access: ({ PolicyArn, Tags }, context) => policyAccess(context, PolicyArn, requestTagKeys(Tags)),
  handle: async ({ PolicyArn, Tags }, context) => tag(await policyOwner(PolicyArn, context), Tags, context),
})

/** UntagPolicy. IAM API Reference, "UntagPolicy". */
export const UntagPolicy = iam.operation('UntagPolicy', {
  access: ({ PolicyArn, TagKeys }, context) => policyAccess(context, PolicyArn, tagKeys(TagKeys)),
  handle: async ({ PolicyArn, TagKeys }, context) => untag(await policyOwner(PolicyArn, context), TagKeys, context),
})

/** ListPolicyTags: AWS managed policies have none. IAM API Reference, "ListPolicyTags". */
export const ListPolicyTags = iam.operation('ListPolicyTags', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),
  async handle(input, { tx, account }) {
    const policy = await requirePolicy(tx, account, input.PolicyArn)
    return tagPage(tx, { kind: 'policy', id: policy.id }, input)
  },
})

/** TagInstanceProfile. IAM API Reference, "TagInstanceProfile". */
export const TagInstanceProfile = iam.operation('TagInstanceProfile', {
  access: ({ InstanceProfileName, Tags }, context) => instanceProfileAccess(context, InstanceProfileName, requestTagKeys(Tags)),
  handle: async ({ InstanceProfileName, Tags }, context) => tag(await profileOwner(InstanceProfileName, context), Tags, context),
})

/** UntagInstanceProfile. IAM API Reference, "UntagInstanceProfile". */
export const UntagInstanceProfile = iam.operation('UntagInstanceProfile', {
  access: ({ InstanceProfileName, TagKeys }, context) => instanceProfileAccess(context, InstanceProfileName, tagKeys(TagKeys)),
  handle: async ({ InstanceProfileName, TagKeys }, context) => untag(await profileOwner(InstanceProfileName, context), TagKeys, context),
})

/** ListInstanceProfileTags. IAM API Reference, "ListInstanceProfileTags". */
export const ListInstanceProfileTags = iam.operation('ListInstanceProfileTags', {
  access: ({ InstanceProfileName }, context) => instanceProfileAccess(context, InstanceProfileName),
  handle: async (input, context) => tagPage(context.tx, await profileOwner(input.InstanceProfileName, context), input),
})

/** TagOpenIDConnectProvider. IAM API Reference, "TagOpenIDConnectProvider". */
export const TagOpenIDConnectProvider = iam.operation('TagOpenIDConnectProvider', {
  access: ({ OpenIDConnectProviderArn, Tags }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn, requestTagKeys(Tags)),
  handle: async ({ OpenIDConnectProviderArn, Tags }, context) => tag(await providerOwner(OpenIDConnectProviderArn, context), Tags, context),
})

/** UntagOpenIDConnectProvider. IAM API Reference, "UntagOpenIDConnectProvider". */
export const UntagOpenIDConnectProvider = iam.operation('UntagOpenIDConnectProvider', {
  access: ({ OpenIDConnectProviderArn, TagKeys }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn, tagKeys(TagKeys)),
  handle: async ({ OpenIDConnectProviderArn, TagKeys }, context) =>
    untag(await providerOwner(OpenIDConnectProviderArn, context), TagKeys, context),
})

/** ListOpenIDConnectProviderTags. IAM API Reference, "ListOpenIDConnectProviderTags". */
export const ListOpenIDConnectProviderTags = iam.operation('ListOpenIDConnectProviderTags', {
  access: ({ OpenIDConnectProviderArn }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn),
  handle: async (input, context) => tagPage(context.tx, await providerOwner(input.OpenIDConnectProviderArn, context), input),
})

/** TagMFADevice: virtual ones. IAM API Reference, "TagMFADevice". */
export const TagMFADevice = iam.operation('TagMFADevice', {
  access: ({ SerialNumber, Tags }, context) => mfaDeviceAccess(context, SerialNumber, requestTagKeys(Tags)),
  handle: async ({ SerialNumber, Tags }, context) => tag(await deviceOwner(SerialNumber, context), Tags, context),
})

/** UntagMFADevice. IAM API Reference, "UntagMFADevice". */
export const UntagMFADevice = iam.operation('UntagMFADevice', {
  access: ({ SerialNumber, TagKeys }, context) => mfaDeviceAccess(context, SerialNumber, tagKeys(TagKeys)),
  handle: async ({ SerialNumber, TagKeys }, context) => untag(await deviceOwner(SerialNumber, context), TagKeys, context),
})

/** ListMFADeviceTags. IAM API Reference, "ListMFADeviceTags". */
export const ListMFADeviceTags = iam.operation('ListMFADeviceTags', {
  access: ({ SerialNumber }, context) => mfaDeviceAccess(context, SerialNumber),
  handle: async (input, context) => tagPage(context.tx, await deviceOwner(input.SerialNumber, context), input),
})

/** TagServerCertificate. IAM API Reference, "TagServerCertificate". */
export const TagServerCertificate = iam.operation('TagServerCertificate', {
  access: ({ ServerCertificateName, Tags }, context) => serverCertificateAccess(context, ServerCertificateName, requestTagKeys(Tags)),
  handle: async ({ ServerCertificateName, Tags }, context) => tag(await certificateOwner(ServerCertificateName, context), Tags, context),
})

/** UntagServerCertificate. IAM API Reference, "UntagServerCertificate". */
export const UntagServerCertificate = iam.operation('UntagServerCertificate', {
  access: ({ ServerCertificateName, TagKeys }, context) => serverCertificateAccess(context, ServerCertificateName, tagKeys(TagKeys)),
  handle: async ({ ServerCertificateName, TagKeys }, context) =>
    untag(await certificateOwner(ServerCertificateName, context), TagKeys, context),
})

/** ListServerCertificateTags. IAM API Reference, "ListServerCertificateTags". */
export const ListServerCertificateTags = iam.operation('ListServerCertificateTags', {
  access: ({ ServerCertificateName }, context) => serverCertificateAccess(context, ServerCertificateName),
  handle: async (input, context) => tagPage(context.tx, await certificateOwner(input.ServerCertificateName, context), input),
})

/** TagSAMLProvider. IAM API Reference, "TagSAMLProvider". */
export const TagSAMLProvider = iam.operation('TagSAMLProvider', {
  access: ({ SAMLProviderArn, Tags }, context) => samlProviderAccess(context, SAMLProviderArn, requestTagKeys(Tags)),
  handle: async ({ SAMLProviderArn, Tags }, context) => tag(await samlOwner(SAMLProviderArn, context), Tags, context),
})

/** UntagSAMLProvider. IAM API Reference, "UntagSAMLProvider". */
export const UntagSAMLProvider = iam.operation('UntagSAMLProvider', {
  access: ({ SAMLProviderArn, TagKeys }, context) => samlProviderAccess(context, SAMLProviderArn, tagKeys(TagKeys)),
  handle: async ({ SAMLProviderArn, TagKeys }, context) => untag(await samlOwner(SAMLProviderArn, context), TagKeys, context),
})

/** ListSAMLProviderTags. IAM API Reference, "ListSAMLProviderTags". */
export const ListSAMLProviderTags = iam.operation('ListSAMLProviderTags', {
  access: ({ SAMLProviderArn }, context) => samlProviderAccess(context, SAMLProviderArn),
  handle: async (input, context) => tagPage(context.tx, await samlOwner(input.SAMLProviderArn, context), input),
})
