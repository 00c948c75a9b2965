import { type CompiledPolicy, compilePolicy, parsePolicy, type PolicyPrincipal, type PolicySource } from '../policy/index.ts'
import { type Arn, parseArn } from '../types/arn.ts'
import { callQuery, type Client, type XmlElement } from './client.ts'

/** What a running Gatehouse, or AWS, tells of a principal. */
export interface HeldPolicies {
  readonly principal: PolicyPrincipal
  readonly identity: readonly CompiledPolicy[]
  readonly boundary: CompiledPolicy | undefined
  /** The principal's own tags, as aws:PrincipalTag keys. */
  readonly tags: { readonly [key: string]: string }
}

const iam = { name: 'iam', version: '2010-05-08' }

/** All users, groups, roles and customer managed policies of an account. IAM API Reference, "GetAccountAuthorizationDetails". */
interface AccountDetails {
  readonly users: readonly XmlElement[]
  readonly groups: readonly XmlElement[]
  readonly roles: readonly XmlElement[]
  readonly policies: readonly XmlElement[]
}

/** Reads an account's principals and policies with the caller's own rights. @throws CallError */
export async function readAccount(client: Client): Promise<AccountDetails> {
  const pages: XmlElement[] = []
  let marker: string | undefined
  do {
    const page = await callQuery(client, iam, 'GetAccountAuthorizationDetails', marker === undefined ? {} : { Marker: marker })
    pages.push(page)
    marker = page['IsTruncated'] === 'true' ? textOf(page, 'Marker') : undefined
  } while (marker !== undefined)
  const all = (name: string) => pages.flatMap(page => membersOf(page, name))
  return { users: all('UserDetailList'), groups: all('GroupDetailList'), roles: all('RoleDetailList'), policies: all('Policies') }
}

/**
 * The policies that a user or a role holds, and who it is to policies.
 * @param arn  of a user, a role (then any session of it) or an assumed role session
 * @throws     Error when the account has no such principal
 */
export async function heldPolicies(client: Client, account: AccountDetails, arn: string): Promise<HeldPolicies> {
  const parsed = parseArn(arn)
  if (parsed?.resource.startsWith('user/')) return ofUser(client, account, arn, parsed)
  if (parsed?.resource.startsWith('role/') || parsed?.resource.startsWith('assumed-role/')) return ofRole(client, account, arn, parsed)
  throw new Error(`${arn} is not the ARN of a user, a role or a role session`)
}

/** A role's trust policy. @returns undefined when the ARN is of no role of the account */
export function trustPolicyOf(account: AccountDetails, arn: string): CompiledPolicy | undefined {
  const role = account.roles.find(each => each['Arn'] === arn)
  return (
    role &&
    compiled(textOf(role, 'AssumeRolePolicyDocument'), 'trust', { id: `trust policy of ${textOf(role, 'RoleName')}`, type: 'trust' })
  )
}

async function ofUser(client: Client, account: AccountDetails, arn: string, { account: accountId }: Arn): Promise<HeldPolicies> {
  const user = account.users.find(each => each['Arn'] === arn)
  if (!user) throw new Error(`the account has no user ${arn}`)
  const userName = textOf(user, 'UserName')
  const groups = membersOf(user, 'GroupList').map(String)
  const ofGroups = account.groups.filter(group => groups.includes(textOf(group, 'GroupName')))
  return {
    principal: { type: 'user', account: accountId, arn, userId: textOf(user, 'UserId'), userName },
    identity: [
      ...inlineOf(user, 'UserPolicyList', 'user', `user ${userName}`),
      ...(await attachedOf(client, account, user)),
      ...ofGroups.flatMap(group => inlineOf(group, 'GroupPolicyList', 'group', `group ${textOf(group, 'GroupName')}`)),
      ...(await Promise.all(ofGroups.map(group => attachedOf(client, account, group)))).flat(),
    ],
    boundary: await boundaryOf(client, account, user),
    tags: tagsOf(user),
  }
}

async function ofRole(client: Client, account: AccountDetails, arn: string, { account: accountId, resource }: Arn): Promise<HeldPolicies> {
  const [kind, ...names] = resource.split('/')
  const role = account.roles.find(each => (kind === 'role' ? each['Arn'] === arn : each['RoleName'] === names[0]))
  if (!role) throw new Error(`the account has no role ${arn}`)
  const roleName = textOf(role, 'RoleName')
  const sessionName = kind === 'role' ? 'session' : (names[1] ?? 'session')
  const roleArn = textOf(role, 'Arn')
  return {
    principal: {
      type: 'roleSession',
      account: accountId,
      arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
      roleArn,
      roleId: textOf(role, 'RoleId'),
      sessionName,
      serviceLinked: roleArn.includes(':role/aws-service-role/'),
    },
    identity: [...inlineOf(role, 'RolePolicyList', 'role', `role ${roleName}`), ...(await attachedOf(client, account, role))],
    boundary: await boundaryOf(client, account, role),
    tags: tagsOf(role),
  }
}

const compiled = (document: string, kind: Parameters<typeof parsePolicy>[1], source: PolicySource): CompiledPolicy =>
  compilePolicy(parsePolicy(decodeURIComponent(document), kind), source)

const inlineOf = (entity: XmlElement, list: string, type: 'user' | 'group' | 'role', owner: string): CompiledPolicy[] =>
  membersOf(entity, list).map(each =>
    compiled(textOf(each, 'PolicyDocument'), 'identity', { id: `inline policy ${textOf(each, 'PolicyName')} of ${owner}`, type }),
  )

const attachedOf = (client: Client, account: AccountDetails, entity: XmlElement): Promise<CompiledPolicy[]> =>
  Promise.all(
    membersOf(entity, 'AttachedManagedPolicies').map(each => managedPolicy(client, account, textOf(each, 'PolicyArn'), 'identity')),
  )

async function boundaryOf(client: Client, account: AccountDetails, entity: XmlElement): Promise<CompiledPolicy | undefined> {
  const boundary = entity['PermissionsBoundary'] as XmlElement | undefined
  return boundary && managedPolicy(client, account, textOf(boundary, 'PermissionsBoundaryArn'), 'boundary')
}

/** The details tell the policies that are attached; a boundary that is attached nowhere is asked for. */
async function managedPolicy(client: Client, account: AccountDetails, arn: string, kind: 'identity' | 'boundary'): Promise<CompiledPolicy> {
  const source: PolicySource = { id: arn, arn, type: arn.startsWith('arn:aws:iam::aws:') ? 'AWS managed' : 'user managed' }
  const known = account.policies.find(policy => policy['Arn'] === arn)
  const version = known && membersOf(known, 'PolicyVersionList').find(each => each['IsDefaultVersion'] === 'true')
  if (version) return compiled(textOf(version, 'Document'), kind, source)
  const { Policy } = (await callQuery(client, iam, 'GetPolicy', { PolicyArn: arn })) as { Policy: XmlElement }
  const asked = { PolicyArn: arn, VersionId: textOf(Policy, 'DefaultVersionId') }
  const { PolicyVersion } = (await callQuery(client, iam, 'GetPolicyVersion', asked)) as { PolicyVersion: XmlElement }
  return compiled(textOf(PolicyVersion, 'Document'), kind, source)
}

const tagsOf = (entity: XmlElement) =>
  Object.fromEntries(membersOf(entity, 'Tags').map(tag => [`aws:PrincipalTag/${textOf(tag, 'Key')}`, textOf(tag, 'Value')]))

function textOf(element: XmlElement, name: string): string {
  const value = element[name]
  return typeof value === 'string' ? value : ''
}

/** The members of a list; an empty list is an element without any. */
function membersOf(element: XmlElement, name: string): readonly XmlElement[] {
  const list = element[name]
  return typeof list === 'object' && 'member' in list ? (list.member as readonly XmlElement[]) : []
}
