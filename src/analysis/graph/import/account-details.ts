import type { SnapshotBuilder } from './builder.ts'
import { documentText, type Fields, fieldsOf, isTrue, objectsOf, textOf, textsOf, timeAs } from './fields.ts'

/** Reads an answer of GetAccountAuthorizationDetails. IAM API Reference, "GetAccountAuthorizationDetails". */
export function readAccountDetails(details: Fields, builder: SnapshotBuilder, source: string): void {
  for (const user of objectsOf(details['UserDetailList'])) {
    if (!isEntity(user, 'user', builder, source)) continue
    builder.users.set(textOf(user['Arn']), {
      ...principal(user, 'UserName', 'UserId', 'UserPolicyList'),
      groups: textsOf(user['GroupList']),
    })
  }
  for (const group of objectsOf(details['GroupDetailList'])) {
    if (isEntity(group, 'group', builder, source)) builder.groups.set(textOf(group['Arn']), holder(group, 'GroupName', 'GroupPolicyList'))
  }
  for (const role of objectsOf(details['RoleDetailList'])) {
    if (!isEntity(role, 'role', builder, source)) continue
    builder.roles.set(textOf(role['Arn']), {
      ...principal(role, 'RoleName', 'RoleId', 'RolePolicyList'),
      trust: documentText(role['AssumeRolePolicyDocument']),
      instanceProfiles: objectsOf(role['InstanceProfileList']).map(profile => textOf(profile['Arn'])),
      ...timeAs('createdAt', role['CreateDate']),
      ...timeAs('usedAt', fieldsOf(role['RoleLastUsed'])['LastUsedDate']),
    })
  }
  for (const policy of objectsOf(details['Policies'])) {
    const arn = textOf(policy['Arn'])
    const versions = objectsOf(policy['PolicyVersionList'])
    const first = versions.find(version => isTrue(version['IsDefaultVersion']))
    builder.policies.set(arn, {
      arn,
      defaultVersion: textOf(policy['DefaultVersionId']) || textOf(first?.['VersionId']),
      versions: Object.fromEntries(versions.map(version => [textOf(version['VersionId']), documentText(version['Document'])])),
    })
  }
  if (isTrue(details['IsTruncated']) || typeof details['NextToken'] === 'string')
    builder.gap(`${source} is one page of several: read the others too (Marker, or --no-paginate left out)`)
}

/** Refuses an entity without an ARN: it would be nobody. */
function isEntity(entity: Fields, kind: string, builder: SnapshotBuilder, source: string): boolean {
  const good = new RegExp(`^arn:aws[a-z-]*:iam::\\d{12}:${kind}/.+`).test(textOf(entity['Arn']))
  if (!good) builder.gap(`${source} has a ${kind} without a usable Arn: ${JSON.stringify(entity).slice(0, 80)}`)
  return good
}

const holder = (entity: Fields, name: string, policies: string) => ({
  arn: textOf(entity['Arn']),
  name: textOf(entity[name]),
  inline: objectsOf(entity[policies]).map(policy => ({
    name: textOf(policy['PolicyName']),
    document: documentText(policy['PolicyDocument']),
  })),
  attached: objectsOf(entity['AttachedManagedPolicies']).map(policy => textOf(policy['PolicyArn'])),
})

function principal(entity: Fields, name: string, id: string, policies: string) {
  const boundary = textOf(fieldsOf(entity['PermissionsBoundary'])['PermissionsBoundaryArn'])
  return {
    ...holder(entity, name, policies),
    id: textOf(entity[id]),
    ...(boundary !== '' && { boundary }),
    tags: Object.fromEntries(objectsOf(entity['Tags']).map(tag => [textOf(tag['Key']), textOf(tag['Value'])])),
  }
}
