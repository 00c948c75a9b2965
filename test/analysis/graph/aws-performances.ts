import { generateKeyPairSync } from 'node:crypto'
import { makeAuthority } from '../../../src/identity/certificate.ts'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { callUnsigned, type Client } from '../../../src/cli/client.ts'
import { seededRandom } from '../../services/call.ts'
import { base64, metadata, response } from '../../services/sts/identity-provider.ts'
import { assume, type ClusterAddress, clientOf, iam, keyOf, makeRole, makeUser, sts, trustsUser } from './stage.ts'
import { admin as accountAdmin, administratorAccess, allow, iamArn, policyOf, roleArn, trusts, userArn } from './world.ts'

/** Who acts, and on what. */
export interface Actors {
  readonly admin: Client
  /** The attacker's name, and the node of the graph that it is. */
  readonly name: string
  readonly node: string
  readonly cluster: ClusterAddress
  /** A name of this performance's own. */
  readonly own: string
}

/** How a rule is performed. */
export interface Performance {
  readonly as?: 'role'
  /** Where the rule leads. */
  goal(actors: Actors): string
  /** As administrator: what must be there. */
  prepare?(actors: Actors): Promise<void>
  /** How the attacker gets the rights of the rule; an inline policy of its own when absent. */
  grant?(actors: Actors, actions: readonly string[]): Promise<void>
  /** As attacker: the way itself. Gives a client that has what was gained; nothing when what was gained is not an identity of AWS's API. */
  act(me: Client, actors: Actors): Promise<Client | void>
  /** As administrator, or as who was become: that it was gained. Listing the account's users when absent. */
  proof?(gained: Client | void, actors: Actors): Promise<void>
}

const everything = policyOf(allow('*'))
const pem = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) as string

const victimOf = ({ own }: Actors) => `${own}-victim`
const makeVictim = async (actors: Actors): Promise<void> => void (await makeUser(actors.admin, victimOf(actors), everything))
const makeVictimRole =
  (trust: string) =>
  async (actors: Actors): Promise<void> => {
    await makeRole(actors.admin, victimOf(actors), trust)
    await iam(actors.admin, 'AttachRolePolicy', { RoleName: victimOf(actors), PolicyArn: administratorAccess })
  }
const makePolicy = (admin: Client, PolicyName: string, PolicyDocument: string) => iam(admin, 'CreatePolicy', { PolicyName, PolicyDocument })

const ofAdmin = { goal: () => accountAdmin }
const ofVictimUser = { goal: (actors: Actors) => userArn(victimOf(actors)), prepare: makeVictim }

const itself = (act: (me: Client, name: string) => Promise<unknown>, as?: 'role'): Performance => ({
  ...ofAdmin,
  ...(as && { as }),
  act: async (me, { name }) => {
    await act(me, name)
    return me
  },
})

const withGroup = (policy?: string): Pick<Performance, 'prepare'> => ({
  async prepare({ admin, name, own }) {
    await iam(admin, 'CreateGroup', { GroupName: own })
    if (policy !== undefined) await iam(admin, 'PutGroupPolicy', { GroupName: own, PolicyName: 'group', PolicyDocument: policy })
    await iam(admin, 'AddUserToGroup', { GroupName: own, UserName: name })
  },
})

/** A call on the victim whose answer is the proof: what it gives is for other doors than the API. */
const onVictim = (
  action: string,
  more: () => { readonly [name: string]: string },
  prepare?: (actors: Actors) => Promise<void>,
): Performance => ({
  goal: ofVictimUser.goal,
  async prepare(actors) {
    await makeVictim(actors)
    await prepare?.(actors)
  },
  act: async (me, actors) => void (await iam(me, action, { UserName: victimOf(actors), ...more() })),
  proof: async () => undefined,
})

const limited = (kind: 'User' | 'Role', action: string, more: { readonly [name: string]: string } = {}): Performance => ({
  ...(kind === 'Role' && { as: 'role' as const }),
  goal: ({ node }) => `${node} without its permissions boundary`,
  async grant({ admin, name, own }, actions) {
    const attach = { [`${kind}Name`]: name }
    await iam(admin, `Attach${kind}Policy`, { ...attach, PolicyArn: administratorAccess })
    await makePolicy(admin, own, policyOf(allow([...actions, 'sts:GetCallerIdentity'])))
    await iam(admin, `Put${kind}PermissionsBoundary`, { ...attach, PermissionsBoundary: iamArn(`policy/${own}`) })
  },
  act: async (me, { name }) => {
    await iam(me, action, { [`${kind}Name`]: name, ...more })
    return me
  },
})

/** Administrator but for what a policy denies: everything except the rule's own actions. */
const denied = (kind: 'User' | 'Role', how: 'Detach' | 'Delete'): Performance => ({
  ...(kind === 'Role' && { as: 'role' as const }),
  goal: ({ node }) => `${node} without what denies`,
  async grant({ admin, name, own }, actions) {
    const attach = { [`${kind}Name`]: name }
    const document = policyOf({ Effect: 'Deny', NotAction: [...actions, 'sts:GetCallerIdentity'], Resource: '*' })
    await iam(admin, `Attach${kind}Policy`, { ...attach, PolicyArn: administratorAccess })
    if (how === 'Delete') return void (await iam(admin, `Put${kind}Policy`, { ...attach, PolicyName: 'limit', PolicyDocument: document }))
    await makePolicy(admin, own, document)
    await iam(admin, `Attach${kind}Policy`, { ...attach, PolicyArn: iamArn(`policy/${own}`) })
  },
  act: async (me, { name, own }) => {
    const which: { readonly [name: string]: string } = how === 'Delete' ? { PolicyName: 'limit' } : { PolicyArn: iamArn(`policy/${own}`) }
    await iam(me, `${how}${kind}Policy`, { [`${kind}Name`]: name, ...which })
    return me
  },
})

const deniedByGroup = (act: (me: Client, actors: Actors) => Promise<unknown>, attached = false): Performance => ({
  goal: ({ node, own }) => `${node} without group ${iamArn(`group/${own}`)}`,
  async grant({ admin, name, own }, actions) {
    const document = policyOf({ Effect: 'Deny', NotAction: [...actions, 'sts:GetCallerIdentity'], Resource: '*' })
    await iam(admin, 'AttachUserPolicy', { UserName: name, PolicyArn: administratorAccess })
    await iam(admin, 'CreateGroup', { GroupName: own })
    if (attached) {
      await makePolicy(admin, own, document)
      await iam(admin, 'AttachGroupPolicy', { GroupName: own, PolicyArn: iamArn(`policy/${own}`) })
    } else await iam(admin, 'PutGroupPolicy', { GroupName: own, PolicyName: 'limit', PolicyDocument: document })
    await iam(admin, 'AddUserToGroup', { GroupName: own, UserName: name })
  },
  act: async (me, actors) => {
    await act(me, actors)
    return me
  },
})

const newUser = (rights: (me: Client, UserName: string) => Promise<unknown>): Performance => ({
  ...ofAdmin,
  async act(me, { own }) {
    const UserName = `${own}-new`
    await iam(me, 'CreateUser', { UserName })
    await rights(me, UserName)
    return keyOf(me, me, UserName)
  },
})

const newRole = (rights: (me: Client, RoleName: string) => Promise<unknown>): Performance => ({
  ...ofAdmin,
  async act(me, { own, name }) {
    await makeRole(me, `${own}-new`, trustsUser(name))
    await rights(me, `${own}-new`)
    return assume(me, roleArn(`${own}-new`))
  },
})

const helperRole = (rights: (me: Client, RoleName: string) => Promise<unknown>): Performance => ({
  ...ofAdmin,
  prepare: async ({ admin, name, own }) => void (await makeRole(admin, own, trustsUser(name))),
  async act(me, { own }) {
    await rights(me, own)
    return assume(me, roleArn(own))
  },
})

const federated = (kind: 'oidc-provider' | 'saml-provider', id: string) =>
  trusts(
    { Federated: iamArn(`${kind}/${id}`) },
    undefined,
    kind === 'oidc-provider' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRoleWithSAML',
  )
const hostOf = ({ own }: Actors) => `${own}.idp.example`
const thumbprint = { 'ThumbprintList.member.1': '9e99a48a9960b14926bb7f3b02e22da2b0ab7280' }
const makeOidc = (client: Client, actors: Actors) =>
  iam(client, 'CreateOpenIDConnectProvider', { Url: `https://${hostOf(actors)}`, ...thumbprint })

const oidc = (act: (me: Client, actors: Actors, arn: string) => Promise<unknown>, gone = false): Performance => ({
  goal: actors => roleArn(victimOf(actors)),
  async prepare(actors) {
    await makeOidc(actors.admin, actors)
    await makeVictimRole(federated('oidc-provider', hostOf(actors)))(actors)
    if (gone)
      await iam(actors.admin, 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: iamArn(`oidc-provider/${hostOf(actors)}`) })
  },
  act: async (me, actors) => void (await act(me, actors, iamArn(`oidc-provider/${hostOf(actors)}`))),
  async proof(_, actors) {
    const provider = await iam(actors.admin, 'GetOpenIDConnectProvider', {
      OpenIDConnectProviderArn: iamArn(`oidc-provider/${hostOf(actors)}`),
    })
    if (!JSON.stringify(provider).includes('idp.example')) throw new Error('the provider is not there')
  },
})

/** Of another identity provider. IAM takes no metadata of less than 1,000 characters. */
const otherMetadata = () => {
  const { certificatePem } = makeAuthority(
    { subject: { commonName: 'real' }, notBefore: Date.UTC(2025, 0), notAfter: Date.UTC(2035, 0) },
    seededRandom(9),
  )
  const body = certificatePem.replaceAll(/-----[^-]+-----|\s/g, '')
  return metadata
    .replace(/<X509Certificate>[^<]*</, `<X509Certificate>${body}<`)
    .replace('https://idp.example.com/saml', 'https://real.example.com/saml')
    .replace('</EntityDescriptor>', `${' '.repeat(500)}</EntityDescriptor>`)
}

const saml = (act: (me: Client, own: string) => Promise<unknown>, gone = false): Performance => ({
  goal: actors => roleArn(victimOf(actors)),
  async prepare(actors) {
    const SAMLProviderArn = iamArn(`saml-provider/${actors.own}`)
    await iam(actors.admin, 'CreateSAMLProvider', { Name: actors.own, SAMLMetadataDocument: otherMetadata() })
    await makeVictimRole(federated('saml-provider', actors.own))(actors)
    if (gone) await iam(actors.admin, 'DeleteSAMLProvider', { SAMLProviderArn })
  },
  async act(me, actors) {
    await act(me, actors.own)
    const provider = iamArn(`saml-provider/${actors.own}`)
    const role = roleArn(victimOf(actors))
    const SAMLAssertion = base64(response(Date.now(), { attributes: { Role: [`${role},${provider}`] } }))
    const answer = await callUnsigned(me, { name: 'sts', version: '2011-06-15' }, 'AssumeRoleWithSAML', {
      RoleArn: role,
      PrincipalArn: provider,
      SAMLAssertion,
    })
    return clientOf(me, answer['Credentials'])
  },
})

const seedOf = (device: unknown): Uint8Array => {
  const text = Buffer.from((device as { Base32StringSeed: string }).Base32StringSeed, 'base64').toString()
  let bits = ''
  for (const letter of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')
  return Uint8Array.from({ length: Math.floor(bits.length / 8) }, (_, i) => Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2))
}

async function enableMfa(maker: Client, UserName: string, VirtualMFADeviceName: string): Promise<{ serial: string; seed: Uint8Array }> {
  const device = (await iam(maker, 'CreateVirtualMFADevice', { VirtualMFADeviceName }))['VirtualMFADevice'] as { SerialNumber: string }
  const seed = seedOf(device)
  const step = stepAt(Date.now())
  await iam(maker, 'EnableMFADevice', {
    UserName,
    SerialNumber: device.SerialNumber,
    AuthenticationCode1: codeOf(seed, step - 1),
    AuthenticationCode2: codeOf(seed, step),
  })
  return { serial: device.SerialNumber, seed }
}

/** How each rule of IAM's is performed. */
export const awsPerformances: Readonly<Record<string, Performance>> = {
  'iam-attach-own-user-policy': itself((me, UserName) => iam(me, 'AttachUserPolicy', { UserName, PolicyArn: administratorAccess })),
  'iam-put-own-user-policy': itself((me, UserName) =>
    iam(me, 'PutUserPolicy', { UserName, PolicyName: 'more', PolicyDocument: everything }),
  ),
  'iam-attach-own-role-policy': itself((me, RoleName) => iam(me, 'AttachRolePolicy', { RoleName, PolicyArn: administratorAccess }), 'role'),
  'iam-put-own-role-policy': itself(
    (me, RoleName) => iam(me, 'PutRolePolicy', { RoleName, PolicyName: 'more', PolicyDocument: everything }),
    'role',
  ),
  'iam-attach-own-group-policy': {
    ...ofAdmin,
    ...withGroup(),
    act: async (me, { own }) => {
      await iam(me, 'AttachGroupPolicy', { GroupName: own, PolicyArn: administratorAccess })
      return me
    },
  },
  'iam-put-own-group-policy': {
    ...ofAdmin,
    ...withGroup(),
    act: async (me, { own }) => {
      await iam(me, 'PutGroupPolicy', { GroupName: own, PolicyName: 'more', PolicyDocument: everything })
      return me
    },
  },
  'iam-attach-assumable-role-policy': helperRole((me, RoleName) =>
    iam(me, 'AttachRolePolicy', { RoleName, PolicyArn: administratorAccess }),
  ),
  'iam-put-assumable-role-policy': helperRole((me, RoleName) =>
    iam(me, 'PutRolePolicy', { RoleName, PolicyName: 'more', PolicyDocument: everything }),
  ),
  'iam-create-policy-version': {
    ...ofAdmin,
    async prepare({ admin, name, own }) {
      await makePolicy(admin, own, policyOf(allow('s3:ListAllMyBuckets')))
      await iam(admin, 'AttachUserPolicy', { UserName: name, PolicyArn: iamArn(`policy/${own}`) })
    },
    async act(me, { own }) {
      await iam(me, 'CreatePolicyVersion', { PolicyArn: iamArn(`policy/${own}`), PolicyDocument: everything, SetAsDefault: 'true' })
      return me
    },
  },
  'iam-set-default-policy-version': {
    goal: ({ node, own }) => `${node} with version v1 of ${iamArn(`policy/${own}`)}`,
    async prepare({ admin, name, own }) {
      await makePolicy(admin, own, everything)
      await iam(admin, 'CreatePolicyVersion', {
        PolicyArn: iamArn(`policy/${own}`),
        PolicyDocument: policyOf(allow('s3:ListAllMyBuckets')),
        SetAsDefault: 'true',
      })
      await iam(admin, 'AttachUserPolicy', { UserName: name, PolicyArn: iamArn(`policy/${own}`) })
    },
    async act(me, { own }) {
      await iam(me, 'SetDefaultPolicyVersion', { PolicyArn: iamArn(`policy/${own}`), VersionId: 'v1' })
      return me
    },
  },
  'iam-add-user-to-group': {
    goal: ({ own }) => iamArn(`group/${own}`),
    async prepare({ admin, own }) {
      await iam(admin, 'CreateGroup', { GroupName: own })
      await iam(admin, 'AttachGroupPolicy', { GroupName: own, PolicyArn: administratorAccess })
    },
    async act(me, { name, own }) {
      await iam(me, 'AddUserToGroup', { GroupName: own, UserName: name })
      return me
    },
  },
  'iam-create-access-key': { ...ofVictimUser, act: (me, actors) => keyOf(me, me, victimOf(actors)) },
  'iam-create-login-profile': onVictim('CreateLoginProfile', () => ({ Password: 'Correct-horse-9-battery' })),
  'iam-update-login-profile': onVictim(
    'UpdateLoginProfile',
    () => ({ Password: 'Another-horse-9-battery' }),
    async actors => {
      await iam(actors.admin, 'CreateLoginProfile', { UserName: victimOf(actors), Password: 'Correct-horse-9-battery' })
    },
  ),
  'iam-deactivate-mfa-device': {
    goal: ofVictimUser.goal,
    async prepare(actors) {
      await makeVictim(actors)
      await iam(actors.admin, 'CreateLoginProfile', { UserName: victimOf(actors), Password: 'Correct-horse-9-battery' })
      await enableMfa(actors.admin, victimOf(actors), actors.own)
    },
    async act(me, actors) {
      await iam(me, 'DeactivateMFADevice', { UserName: victimOf(actors), SerialNumber: iamArn(`mfa/${actors.own}`) })
      await iam(me, 'UpdateLoginProfile', { UserName: victimOf(actors), Password: 'Another-horse-9-battery' })
    },
    async proof(_, actors) {
      const devices = await iam(actors.admin, 'ListMFADevices', { UserName: victimOf(actors) })
      if (JSON.stringify(devices).includes('SerialNumber')) throw new Error('the device is still there')
    },
  },
  'iam-enable-mfa-device': {
    goal: ofVictimUser.goal,
    prepare: async actors =>
      void (await makeUser(
        actors.admin,
        victimOf(actors),
        policyOf(allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }), allow('sts:GetSessionToken')),
      )),
    async act(me, actors) {
      const { serial, seed } = await enableMfa(me, victimOf(actors), actors.own)
      const victim = await keyOf(me, me, victimOf(actors))
      const answer = await sts(victim, 'GetSessionToken', { SerialNumber: serial, TokenCode: codeOf(seed, stepAt(Date.now()) + 1) })
      return clientOf(me, answer['Credentials'])
    },
  },
  'iam-update-access-key': {
    goal: ofVictimUser.goal,
    async prepare(actors) {
      await makeUser(actors.admin, victimOf(actors), everything)
      const known = await keyOf(actors.admin, actors.admin, victimOf(actors))
      await iam(actors.admin, 'UpdateAccessKey', {
        UserName: victimOf(actors),
        AccessKeyId: known.credentials.accessKeyId,
        Status: 'Inactive',
      })
      knownKeys.set(actors.own, known)
    },
    async act(me, actors) {
      const known = knownKeys.get(actors.own) as Client
      await iam(me, 'UpdateAccessKey', { UserName: victimOf(actors), AccessKeyId: known.credentials.accessKeyId, Status: 'Active' })
      return known
    },
  },
  'iam-create-service-specific-credential': onVictim('CreateServiceSpecificCredential', () => ({
    ServiceName: 'codecommit.amazonaws.com',
  })),
  'iam-reset-service-specific-credential': {
    ...ofVictimUser,
    async prepare(actors) {
      await makeVictim(actors)
      const answer = await iam(actors.admin, 'CreateServiceSpecificCredential', {
        UserName: victimOf(actors),
        ServiceName: 'codecommit.amazonaws.com',
      })
      credentialIds.set(
        actors.own,
        (answer['ServiceSpecificCredential'] as { ServiceSpecificCredentialId: string }).ServiceSpecificCredentialId,
      )
    },
    act: async (me, actors) =>
      void (await iam(me, 'ResetServiceSpecificCredential', {
        UserName: victimOf(actors),
        ServiceSpecificCredentialId: credentialIds.get(actors.own) as string,
      })),
    proof: async () => undefined,
  },
  'iam-upload-ssh-public-key': onVictim('UploadSSHPublicKey', () => ({ SSHPublicKeyBody: pem() })),
  'iam-upload-signing-certificate': onVictim('UploadSigningCertificate', () => ({
    CertificateBody: makeAuthority(
      { subject: { commonName: 'own' }, notBefore: Date.UTC(2025, 0), notAfter: Date.UTC(2035, 0) },
      seededRandom(Date.now() % 1e9),
    ).certificatePem,
  })),
  'iam-update-assume-role-policy': {
    goal: actors => roleArn(victimOf(actors)),
    prepare: makeVictimRole(trusts({ Service: 'ec2.amazonaws.com' })),
    async act(me, actors) {
      await iam(me, 'UpdateAssumeRolePolicy', { RoleName: victimOf(actors), PolicyDocument: trustsUser(actors.name) })
      return assume(me, roleArn(victimOf(actors)))
    },
  },
  'iam-delete-user-permissions-boundary': limited('User', 'DeleteUserPermissionsBoundary'),
  'iam-delete-role-permissions-boundary': limited('Role', 'DeleteRolePermissionsBoundary'),
  'iam-put-user-permissions-boundary': limited('User', 'PutUserPermissionsBoundary', { PermissionsBoundary: administratorAccess }),
  'iam-put-role-permissions-boundary': limited('Role', 'PutRolePermissionsBoundary', { PermissionsBoundary: administratorAccess }),
  'iam-detach-user-policy': denied('User', 'Detach'),
  'iam-delete-user-policy': denied('User', 'Delete'),
  'iam-detach-role-policy': denied('Role', 'Detach'),
  'iam-delete-role-policy': denied('Role', 'Delete'),
  'iam-detach-group-policy': deniedByGroup(
    (me, { own }) => iam(me, 'DetachGroupPolicy', { GroupName: own, PolicyArn: iamArn(`policy/${own}`) }),
    true,
  ),
  'iam-delete-group-policy': deniedByGroup((me, { own }) => iam(me, 'DeleteGroupPolicy', { GroupName: own, PolicyName: 'limit' })),
  'iam-remove-user-from-group': deniedByGroup((me, { own, name }) => iam(me, 'RemoveUserFromGroup', { GroupName: own, UserName: name })),
  'iam-create-user-attach-policy': newUser((me, UserName) => iam(me, 'AttachUserPolicy', { UserName, PolicyArn: administratorAccess })),
  'iam-create-user-put-policy': newUser((me, UserName) =>
    iam(me, 'PutUserPolicy', { UserName, PolicyName: 'all', PolicyDocument: everything }),
  ),
  'iam-create-user-in-group': {
    goal: ({ own }) => iamArn(`group/${own}`),
    async prepare({ admin, own }) {
      await iam(admin, 'CreateGroup', { GroupName: own })
      await iam(admin, 'AttachGroupPolicy', { GroupName: own, PolicyArn: administratorAccess })
    },
    async act(me, { own }) {
      await iam(me, 'CreateUser', { UserName: `${own}-new` })
      await iam(me, 'AddUserToGroup', { UserName: `${own}-new`, GroupName: own })
      return keyOf(me, me, `${own}-new`)
    },
  },
  'iam-create-role-attach-policy': newRole((me, RoleName) => iam(me, 'AttachRolePolicy', { RoleName, PolicyArn: administratorAccess })),
  'iam-create-role-put-policy': newRole((me, RoleName) =>
    iam(me, 'PutRolePolicy', { RoleName, PolicyName: 'all', PolicyDocument: everything }),
  ),
  'iam-add-client-id-to-oidc-provider': oidc((me, _, OpenIDConnectProviderArn) =>
    iam(me, 'AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: 'mine' }),
  ),
  'iam-update-oidc-provider-thumbprint': oidc((me, _, OpenIDConnectProviderArn) =>
    iam(me, 'UpdateOpenIDConnectProviderThumbprint', { OpenIDConnectProviderArn, 'ThumbprintList.member.1': 'a'.repeat(40) }),
  ),
  'iam-create-oidc-provider': oidc((me, actors) => makeOidc(me, actors), true),
  'iam-update-saml-provider': saml((me, own) =>
    iam(me, 'UpdateSAMLProvider', { SAMLProviderArn: iamArn(`saml-provider/${own}`), SAMLMetadataDocument: metadata }),
  ),
  'iam-create-saml-provider': saml((me, Name) => iam(me, 'CreateSAMLProvider', { Name, SAMLMetadataDocument: metadata }), true),
}

const knownKeys = new Map<string, Client>()
const credentialIds = new Map<string, string>()
