/** Where the value of a global condition key comes from. */
export type ConditionKeySource =
  /** The principal, its tags, its organization. */
  | 'principal'
  /** How the session was made. */
  | 'session'
  /** The connection. */
  | 'network'
  /** The resource, its tags, its organization. */
  | 'resource'
  /** The request and its circumstances. */
  | 'request'

export type ConditionKeyType = 'String' | 'Numeric' | 'Date' | 'Bool' | 'IPAddress' | 'ARN'

export interface GlobalConditionKey {
  /** As the documentation spells it; a last part in angle brackets stands for any text. */
  readonly name: string
  readonly type: ConditionKeyType
  readonly source: ConditionKeySource
  readonly multivalued?: true
  /** When the key is in the request, and what it holds. */
  readonly value: string
  /** The engine derives it from the principal or the resource's ARN. */
  readonly derived?: true
  /** The documentation lists it as sensitive: wildcards in its values have no valid use. */
  readonly sensitive?: true
}

/**
 * The global condition keys. IAM User Guide, "AWS global condition context keys". Keys of services are in the catalogue.
 */
export const globalConditionKeys: readonly GlobalConditionKey[] = [
  {
    name: 'aws:PrincipalArn',
    type: 'ARN',
    source: 'principal',
    derived: true,
    sensitive: true,
    value: 'ARN of the user, the root user, or the role, not its session; with every signed request',
  },
  {
    name: 'aws:PrincipalAccount',
    type: 'String',
    source: 'principal',
    derived: true,
    sensitive: true,
    value: 'account of the principal; with every signed request',
  },
  {
    name: 'aws:PrincipalOrgPaths',
    type: 'String',
    source: 'principal',
    multivalued: true,
    sensitive: true,
    value: 'path from organization to the account; when the account is a member of one',
  },
  {
    name: 'aws:PrincipalOrgID',
    type: 'String',
    source: 'principal',
    sensitive: true,
    value: 'organization of the account; when it is a member of one',
  },
  {
    name: 'aws:PrincipalTag/<tag-key>',
    type: 'String',
    source: 'principal',
    value: 'tag of the user or role, or of the session, which wins',
  },
  {
    name: 'aws:PrincipalIsAWSService',
    type: 'Bool',
    source: 'principal',
    derived: true,
    value: 'whether a service principal calls; with every signed request',
  },
  {
    name: 'aws:PrincipalServiceName',
    type: 'String',
    source: 'principal',
    derived: true,
    value: 'name of the service principal that calls',
  },
  {
    name: 'aws:PrincipalServiceNamesList',
    type: 'String',
    source: 'principal',
    derived: true,
    multivalued: true,
    value: 'all names of the service that calls',
  },
  {
    name: 'aws:PrincipalType',
    type: 'String',
    source: 'principal',
    derived: true,
    value: 'Account, User, FederatedUser, AssumedRole or Anonymous',
  },
  {
    name: 'aws:userid',
    type: 'String',
    source: 'principal',
    derived: true,
    sensitive: true,
    value: 'unique ID of the user; role ID and session name; account for the root user',
  },
  {
    name: 'aws:username',
    type: 'String',
    source: 'principal',
    derived: true,
    value: 'name of the user; not for roles, federated users and the root user',
  },
  { name: 'aws:AssumedRoot', type: 'Bool', source: 'session', value: 'whether AssumeRoot made the session' },
  {
    name: 'aws:FederatedProvider',
    type: 'String',
    source: 'session',
    derived: true,
    value: 'identity provider that authenticated; in sessions from web identity or SAML',
  },
  { name: 'aws:TokenIssueTime', type: 'Date', source: 'session', value: 'when the temporary credentials were issued; with these only' },
  { name: 'aws:MultiFactorAuthAge', type: 'Numeric', source: 'session', value: 'seconds since authentication with MFA; when it was used' },
  {
    name: 'aws:MultiFactorAuthPresent',
    type: 'Bool',
    source: 'session',
    value: 'whether MFA was used for the temporary credentials; with these only',
  },
  { name: 'aws:ChatbotSourceArn', type: 'ARN', source: 'session', value: 'chat configuration that made the session' },
  { name: 'aws:Ec2InstanceSourceVpc', type: 'String', source: 'session', value: 'VPC of the instance that got the role credentials' },
  {
    name: 'aws:Ec2InstanceSourcePrivateIPv4',
    type: 'IPAddress',
    source: 'session',
    value: 'primary address of the instance that got the role credentials',
  },
  { name: 'aws:SourceIdentity', type: 'String', source: 'session', value: 'source identity that was set with the first session' },
  { name: 'aws:SignInSessionArn', type: 'ARN', source: 'session', value: 'sign-in session that issued the credentials' },
  {
    name: 'ec2:RoleDelivery',
    type: 'Numeric',
    source: 'session',
    value: 'version of the instance metadata service: 1 or 2; in sessions of instance profiles',
  },
  { name: 'ec2:SourceInstanceArn', type: 'ARN', source: 'session', value: 'instance that got the role credentials' },
  { name: 'glue:RoleAssumedBy', type: 'String', source: 'session', value: 'service that assumed the role for a Glue job' },
  { name: 'glue:CredentialIssuingService', type: 'String', source: 'session', value: 'service that issued credentials to a Glue job' },
  { name: 'codebuild:BuildArn', type: 'ARN', source: 'session', value: 'build that got the role credentials' },
  { name: 'codebuild:ProjectArn', type: 'ARN', source: 'session', value: 'build project that got the role credentials' },
  { name: 'lambda:SourceFunctionArn', type: 'ARN', source: 'session', value: 'function that got the role credentials' },
  { name: 'ssm:SourceInstanceArn', type: 'ARN', source: 'session', value: 'managed instance that got the role credentials' },
  { name: 'identitystore:UserId', type: 'String', source: 'session', value: 'user of IAM Identity Center who made the session' },
  {
    name: 'aws:SourceIp',
    type: 'IPAddress',
    source: 'network',
    sensitive: true,
    value: 'address of the caller; not through a VPC endpoint',
  },
  { name: 'aws:SourceVpc', type: 'String', source: 'network', sensitive: true, value: 'VPC of the endpoint that the request came through' },
  { name: 'aws:SourceVpcArn', type: 'ARN', source: 'network', sensitive: true, value: 'ARN of that VPC' },
  { name: 'aws:SourceVpce', type: 'String', source: 'network', sensitive: true, value: 'VPC endpoint that the request came through' },
  { name: 'aws:VpceAccount', type: 'String', source: 'network', sensitive: true, value: 'account of the VPC endpoint' },
  { name: 'aws:VpceOrgID', type: 'String', source: 'network', sensitive: true, value: "organization of the VPC endpoint's account" },
  {
    name: 'aws:VpceOrgPaths',
    type: 'String',
    source: 'network',
    multivalued: true,
    sensitive: true,
    value: "organization path of the VPC endpoint's account",
  },
  {
    name: 'aws:VpcSourceIp',
    type: 'IPAddress',
    source: 'network',
    sensitive: true,
    value: 'address of the caller within the VPC; through a VPC endpoint only',
  },
  {
    name: 'aws:ResourceAccount',
    type: 'String',
    source: 'resource',
    derived: true,
    sensitive: true,
    value: 'account that owns the resource',
  },
  { name: 'aws:ResourceOrgID', type: 'String', source: 'resource', sensitive: true, value: "organization of the resource's account" },
  {
    name: 'aws:ResourceOrgPaths',
    type: 'String',
    source: 'resource',
    multivalued: true,
    sensitive: true,
    value: "organization path of the resource's account",
  },
  { name: 'aws:ResourceTag/<tag-key>', type: 'String', source: 'resource', value: 'tag of the resource' },
  {
    name: 'aws:CalledVia',
    type: 'String',
    source: 'request',
    multivalued: true,
    value: "services that called with the principal's credentials, in order",
  },
  { name: 'aws:CalledViaFirst', type: 'String', source: 'request', value: 'the first of these services' },
  { name: 'aws:CalledViaLast', type: 'String', source: 'request', value: 'the last of these services' },
  {
    name: 'aws:CalledViaAWSMCP',
    type: 'String',
    source: 'request',
    value: "managed MCP server that called with the principal's credentials",
  },
  {
    name: 'aws:ViaAWSMCPService',
    type: 'Bool',
    source: 'request',
    value: "whether a managed MCP server calls with the principal's credentials",
  },
  {
    name: 'aws:ViaAWSService',
    type: 'Bool',
    source: 'request',
    value: "whether a service calls with the principal's credentials; with every request",
  },
  { name: 'aws:CurrentTime', type: 'Date', source: 'request', value: 'now; with every request' },
  { name: 'aws:EpochTime', type: 'Date', source: 'request', value: 'now in seconds since 1970; with every request' },
  { name: 'aws:referer', type: 'String', source: 'request', value: 'HTTP referer; when a browser sends one' },
  { name: 'aws:RequestedRegion', type: 'String', source: 'request', value: 'Region that was called; with every request' },
  { name: 'aws:RequestTag/<tag-key>', type: 'String', source: 'request', value: 'tag that the request passes' },
  { name: 'aws:TagKeys', type: 'String', source: 'request', multivalued: true, value: 'keys of the tags that the request passes' },
  { name: 'aws:SecureTransport', type: 'Bool', source: 'request', value: 'whether TLS was used; with every request' },
  {
    name: 'aws:SourceAccount',
    type: 'String',
    source: 'request',
    sensitive: true,
    value: 'account of the resource for which a service principal calls',
  },
  { name: 'aws:SourceArn', type: 'ARN', source: 'request', sensitive: true, value: 'resource for which a service principal calls' },
  {
    name: 'aws:SourceOrgID',
    type: 'String',
    source: 'request',
    sensitive: true,
    value: 'organization of the resource for which a service principal calls',
  },
  {
    name: 'aws:SourceOrgPaths',
    type: 'String',
    source: 'request',
    multivalued: true,
    sensitive: true,
    value: 'organization path of the resource for which a service principal calls',
  },
  { name: 'aws:UserAgent', type: 'String', source: 'request', value: 'what the client calls itself' },
]

const byName = new Map(globalConditionKeys.map(key => [key.name.toLowerCase().replace('<tag-key>', ''), key]))

/**
 * The global condition key of a name.
 * @param name  in any case, for example `aws:PrincipalTag/team`
 */
export function globalConditionKey(name: string): GlobalConditionKey | undefined {
  const lower = name.toLowerCase()
  return byName.get(lower) ?? byName.get(lower.slice(0, lower.indexOf('/') + 1))
}
