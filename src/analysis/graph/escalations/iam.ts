import { type AwsEscalation, type Need, onTarget, rule } from './aws-escalation.ts'

const administratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess'
const attached = { 'iam:PolicyARN': administratorAccess }
const attach = (action: string): Need => ({ action, on: 'target', context: attached })

/** What IAM and STS allow. IAM User Guide, "Permissions management"; actions and resources as the Service Authorization Reference has them. */
export const iamRules: readonly AwsEscalation[] = [
  rule('iam-attach-own-user-policy', 'attaches a policy to itself', 'itself as user', [attach('iam:AttachUserPolicy')]),
  rule('iam-put-own-user-policy', 'puts an inline policy on itself', 'itself as user', onTarget('iam:PutUserPolicy')),
  rule('iam-attach-own-role-policy', 'attaches a policy to its own role', 'itself as role', [attach('iam:AttachRolePolicy')]),
  rule('iam-put-own-role-policy', 'puts an inline policy on its own role', 'itself as role', onTarget('iam:PutRolePolicy')),
  rule('iam-attach-own-group-policy', 'attaches a policy to a group that it is in', 'own group', [attach('iam:AttachGroupPolicy')]),
  rule('iam-put-own-group-policy', 'puts an inline policy on a group that it is in', 'own group', onTarget('iam:PutGroupPolicy')),
  rule('iam-attach-assumable-role-policy', 'attaches a policy to a role that it may assume', 'assumable role', [
    attach('iam:AttachRolePolicy'),
  ]),
  rule(
    'iam-put-assumable-role-policy',
    'puts an inline policy on a role that it may assume',
    'assumable role',
    onTarget('iam:PutRolePolicy'),
  ),
  rule(
    'iam-create-policy-version',
    'writes a new default version of a policy that it holds',
    'own policy',
    onTarget('iam:CreatePolicyVersion'),
  ),
  rule(
    'iam-set-default-policy-version',
    'returns to an older version of a policy that it holds',
    'older version of own policy',
    onTarget('iam:SetDefaultPolicyVersion'),
  ),
  rule('iam-add-user-to-group', 'adds itself to a group', 'other group', onTarget('iam:AddUserToGroup')),
  rule('iam-create-access-key', "makes an access key of another user's", 'other user', onTarget('iam:CreateAccessKey')),
  rule('iam-create-login-profile', 'gives a password to a user who has none', 'other user', onTarget('iam:CreateLoginProfile'), {
    assuming: 'the user has no password yet',
  }),
  rule('iam-update-login-profile', "changes another user's password", 'other user', onTarget('iam:UpdateLoginProfile'), {
    assuming: 'the user has a password',
  }),
  rule(
    'iam-deactivate-mfa-device',
    "removes another user's second factor and changes the password",
    'other user',
    onTarget('iam:DeactivateMFADevice', 'iam:UpdateLoginProfile'),
    { assuming: 'the user has a password' },
  ),
  rule('iam-enable-mfa-device', 'registers a second factor of its own for another user and makes an access key', 'other user', [
    ...onTarget('iam:EnableMFADevice', 'iam:CreateAccessKey'),
    { action: 'iam:CreateVirtualMFADevice', on: 'any' },
  ]),
  rule('iam-update-access-key', "turns on a key of another user's that it knows", 'other user', onTarget('iam:UpdateAccessKey'), {
    assuming: 'the caller knows the secret of a key that was turned off',
  }),
  rule(
    'iam-create-service-specific-credential',
    "makes another user's credential for one service",
    'other user',
    onTarget('iam:CreateServiceSpecificCredential'),
    { assuming: 'only for the service that the credential is for' },
  ),
  rule(
    'iam-reset-service-specific-credential',
    "resets another user's credential for one service",
    'other user',
    onTarget('iam:ResetServiceSpecificCredential'),
    { assuming: 'the user has such a credential; only for the service that it is for' },
  ),
  rule('iam-upload-ssh-public-key', 'uploads an SSH key of its own for another user', 'other user', onTarget('iam:UploadSSHPublicKey'), {
    assuming: 'only for CodeCommit',
  }),
  rule(
    'iam-upload-signing-certificate',
    'uploads a signing certificate of its own for another user',
    'other user',
    onTarget('iam:UploadSigningCertificate'),
    { assuming: 'only for services that take signing certificates' },
  ),
  rule(
    'iam-update-assume-role-policy',
    'lets itself into the trust policy of a role',
    'other role',
    onTarget('iam:UpdateAssumeRolePolicy'),
  ),
  rule(
    'iam-delete-user-permissions-boundary',
    'removes its own permissions boundary',
    'own boundary of user',
    onTarget('iam:DeleteUserPermissionsBoundary'),
  ),
  rule(
    'iam-delete-role-permissions-boundary',
    "removes its own role's permissions boundary",
    'own boundary of role',
    onTarget('iam:DeleteRolePermissionsBoundary'),
  ),
  rule('iam-put-user-permissions-boundary', 'sets a wider permissions boundary for itself', 'own boundary of user', [
    { action: 'iam:PutUserPermissionsBoundary', on: 'target', context: { 'iam:PermissionsBoundary': administratorAccess } },
  ]),
  rule('iam-put-role-permissions-boundary', 'sets a wider permissions boundary for its own role', 'own boundary of role', [
    { action: 'iam:PutRolePermissionsBoundary', on: 'target', context: { 'iam:PermissionsBoundary': administratorAccess } },
  ]),
  rule('iam-detach-user-policy', 'detaches a policy that denies it something', 'denying policy of user', onTarget('iam:DetachUserPolicy')),
  rule(
    'iam-delete-user-policy',
    'deletes an inline policy that denies it something',
    'denying policy of user',
    onTarget('iam:DeleteUserPolicy'),
  ),
  rule(
    'iam-detach-role-policy',
    'detaches a policy that denies its role something',
    'denying policy of role',
    onTarget('iam:DetachRolePolicy'),
  ),
  rule(
    'iam-delete-role-policy',
    'deletes an inline policy that denies its role something',
    'denying policy of role',
    onTarget('iam:DeleteRolePolicy'),
  ),
  rule(
    'iam-detach-group-policy',
    'detaches a policy from a group that denies it something',
    'denying policy of own group',
    onTarget('iam:DetachGroupPolicy'),
  ),
  rule(
    'iam-delete-group-policy',
    'deletes a policy of a group that denies it something',
    'denying policy of own group',
    onTarget('iam:DeleteGroupPolicy'),
  ),
  rule(
    'iam-remove-user-from-group',
    'leaves a group that denies it something',
    'denying policy of own group',
    onTarget('iam:RemoveUserFromGroup'),
  ),
  rule('iam-create-user-attach-policy', 'makes a user with a policy and a key', 'new user', [
    ...onTarget('iam:CreateUser', 'iam:CreateAccessKey'),
    attach('iam:AttachUserPolicy'),
  ]),
  rule(
    'iam-create-user-put-policy',
    'makes a user with an inline policy and a key',
    'new user',
    onTarget('iam:CreateUser', 'iam:PutUserPolicy', 'iam:CreateAccessKey'),
  ),
  rule('iam-create-user-in-group', 'makes a user with a key in a group', 'new user in group', [
    ...onTarget('iam:AddUserToGroup'),
    { action: 'iam:CreateUser', on: 'any' },
    { action: 'iam:CreateAccessKey', on: 'any' },
  ]),
  rule('iam-create-role-attach-policy', 'makes a role with a policy that trusts it', 'new role', [
    ...onTarget('iam:CreateRole'),
    attach('iam:AttachRolePolicy'),
  ]),
  rule(
    'iam-create-role-put-policy',
    'makes a role with an inline policy that trusts it',
    'new role',
    onTarget('iam:CreateRole', 'iam:PutRolePolicy'),
  ),
  rule(
    'iam-add-client-id-to-oidc-provider',
    'lets tokens for a client of its own in by an identity provider',
    'role of an OpenID Connect provider',
    onTarget('iam:AddClientIDToOpenIDConnectProvider'),
    { assuming: "the caller gets tokens of the provider with a subject that the role's trust policy takes" },
  ),
  rule(
    'iam-update-oidc-provider-thumbprint',
    "trusts a certificate of its own for an identity provider's keys",
    'role of an OpenID Connect provider',
    onTarget('iam:UpdateOpenIDConnectProviderThumbprint'),
    { assuming: "the caller can answer in the provider's place" },
  ),
  rule(
    'iam-create-oidc-provider',
    'makes an identity provider that a role trusts, in place of one that is gone',
    'role of an OpenID Connect provider',
    onTarget('iam:CreateOpenIDConnectProvider'),
    { assuming: "the account has no provider of that name, and the caller controls the provider's address" },
  ),
  rule(
    'iam-update-saml-provider',
    'replaces the metadata of a SAML provider by its own',
    'role of a SAML provider',
    onTarget('iam:UpdateSAMLProvider'),
  ),
  rule(
    'iam-create-saml-provider',
    'makes a SAML provider that a role trusts, in place of one that is gone',
    'role of a SAML provider',
    onTarget('iam:CreateSAMLProvider'),
    { assuming: 'the account has no provider of that name' },
  ),
  rule('sts-assume-root', 'assumes root of a member account', 'member account', [{ action: 'sts:AssumeRoot', on: 'target' }], {
    assuming:
      "root credentials are managed centrally, and the caller gets the mail of the member account's root user: each session is for one task, such as a new root password",
  }),
  rule(
    'iam-enable-root-credentials-management',
    'turns on central management of root credentials and assumes root of a member account',
    'member account',
    [
      { action: 'iam:EnableOrganizationsRootCredentialsManagement', on: 'any' },
      { action: 'sts:AssumeRoot', on: 'target' },
    ],
    {
      assuming:
        "IAM is a trusted service of the organization, and the caller gets the mail of the member account's root user: each session is for one task, such as a new root password",
    },
  ),
]
