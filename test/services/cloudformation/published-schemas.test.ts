import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resourceTypes } from '../../../src/services/cloudformation/types/index.ts'
import { propertyProblems, publishedSchemas } from '../../../src/services/cloudformation/types/published.ts'
import { acknowledged, body, openStackHouse, role, type StackHouse } from './stack-house.ts'

// Types of resources against their published schemas: what the types say, and what templates say.

/** Of published properties, those that are not served: docs/fidelity.md, "CloudFormation". */
const unserved: { readonly [type: string]: readonly string[] } = {
  // The first has nothing but what can be read.
  'AWS::EKS::Cluster': ['CertificateAuthority'],
  'AWS::IAM::SAMLProvider': ['PrivateKeyList', 'RemovePrivateKey'],
}
/** Without these a service would refuse. */
const requiredByServices: { readonly [type: string]: readonly string[] } = {
  'AWS::IAM::OIDCProvider': ['Url'],
  'AWS::IAM::SAMLProvider': ['SamlMetadataDocument'],
  'AWS::IAM::ServerCertificate': ['CertificateBody', 'PrivateKey'],
}
const published = Object.keys(publishedSchemas).filter(name => resourceTypes.has(name))

describe('a type is what is published of it', () => {
  test('every type of IAM and EKS but the one whose making EKS refuses here', () => {
    expect(Object.keys(publishedSchemas).filter(name => !resourceTypes.has(name))).toEqual(['AWS::EKS::CertificateAuthority'])
  })

  test.each(published.filter(name => name !== 'AWS::S3::Bucket'))('%s: properties', name => {
    const served = Object.keys(resourceTypes.get(name)?.properties ?? {})
    expect(served.toSorted()).toEqual(
      Object.keys(publishedSchemas[name]?.properties ?? {}).filter(property => !unserved[name]?.includes(property)),
    )
  })

  test.each(published)('%s: what is required, what replaces, what can be asked for, system tags', name => {
    const type = resourceTypes.get(name)
    const schema = publishedSchemas[name]
    const properties = type?.properties ?? {}
    const replaced = Object.keys(properties).filter(property => properties[property] === 'replaces')
    expect({
      required: type?.required.filter(property => !requiredByServices[name]?.includes(property)).toSorted(),
      replaces: replaced.toSorted(),
      systemTags: type?.systemTags ?? false,
    }).toEqual({
      required: schema?.required,
      replaces: schema?.replaces.filter(property => Object.hasOwn(properties, property)),
      // Stacks within stacks have those of their own resources alone.
      systemTags: name !== 'AWS::CloudFormation::Stack' && schema?.systemTags,
    })
    const served = schema?.attributes.filter(attribute => !physicalIds.has(attribute) && isServed(name, attribute)) ?? []
    expect(type?.attributes).toEqual(expect.arrayContaining(served))
  })

  /** What Ref alone gives, of types that say so of an attribute. */
  const physicalIds = new Set(['Id', 'StackId'])

  /** Attributes may be members of properties. */
  const isServed = (name: string, attribute: string): boolean => {
    const [property = ''] = attribute.split('.')
    const schema = publishedSchemas[name]
    const isProperty = Object.hasOwn(schema?.properties ?? {}, property)
    return !isProperty || name === 'AWS::EKS::Cluster' || Object.hasOwn(resourceTypes.get(name)?.properties ?? {}, property)
  }
})

describe('what is wrong with properties is told by its place', () => {
  const entry = { ClusterName: 'c', PrincipalArn: 'arn' }
  const scope = { Type: 'cluster' }
  test.each([
    ['AWS::IAM::Role', { Path: ['/'] }, '#/Path: expected type: String, found: JSONArray'],
    ['AWS::IAM::Role', { MaxSessionDuration: 'long' }, '#/MaxSessionDuration: expected type: Integer, found: String'],
    ['AWS::IAM::Role', { MaxSessionDuration: '60' }, '#/MaxSessionDuration: failed validation constraint for keyword [minimum]'],
    ['AWS::IAM::Role', { MaxSessionDuration: 3600 }, undefined],
    ['AWS::IAM::Role', { ManagedPolicyArns: 'arn' }, '#/ManagedPolicyArns: expected type: JSONArray, found: String'],
    ['AWS::IAM::Role', { ManagedPolicyArns: ['a', 'a'] }, '#/ManagedPolicyArns: array items are not unique'],
    ['AWS::IAM::Role', { Policies: [{ PolicyName: 'p' }] }, '#/Policies/0: required key [PolicyDocument] not found'],
    ['AWS::IAM::Role', { Policies: [{ PolicyName: 'p', PolicyDocument: '{}' }] }, undefined],
    ['AWS::IAM::Role', { Tags: [{ Key: 'k', Value: 'v', Also: 1 }] }, '#/Tags/0: extraneous key [Also] is not permitted'],
    ['AWS::IAM::Role', { RoleName: 'a'.repeat(65) }, '#/RoleName: expected maxLength: 64, actual: 65'],
    ['AWS::IAM::Role', { Polices: [] }, '#: extraneous key [Polices] is not permitted'],
    ['AWS::IAM::InstanceProfile', { Roles: ['a', 'b'] }, '#/Roles: expected maximum item count: 1, found: 2'],
    ['AWS::EKS::FargateProfile', { Selectors: [] }, '#/Selectors: expected minimum item count: 1, found: 0'],
    [
      'AWS::EKS::AccessEntry',
      { ...entry, AccessPolicies: [{ PolicyArn: 'p', AccessScope: { ...scope, Namespace: 'n' } }] },
      '#/AccessPolicies/0/AccessScope: extraneous key [Namespace] is not permitted',
    ],
    [
      'AWS::EKS::AccessEntry',
      { ...entry, AccessPolicies: [{ PolicyArn: 'p', AccessScope: { Type: 'all' } }] },
      '#/AccessPolicies/0/AccessScope/Type: failed validation constraint for keyword [enum]',
    ],
    ['AWS::EKS::Cluster', { DeletionProtection: 'true' }, undefined],
    ['AWS::EKS::Cluster', { DeletionProtection: 'yes' }, '#/DeletionProtection: expected type: Boolean, found: String'],
    ['AWS::IAM::SAMLProvider', { RemovePrivateKey: 'x' }, '#: Gatehouse does not serve the property [RemovePrivateKey]'],
    [
      'AWS::S3::Bucket',
      { VersioningConfiguration: { Status: 'Enabled' } },
      '#: Gatehouse does not serve the property [VersioningConfiguration]',
    ],
    // What a change set does not know yet.
    ['AWS::IAM::Role', { ManagedPolicyArns: '{{Policy.Ref}}' }, undefined],
  ] as const)('%s %j: %s', (type, properties, problem) => {
    const served = Object.keys(resourceTypes.get(type)?.properties ?? {})
    expect(propertyProblems(type, served, JSON.parse(JSON.stringify(properties)))).toEqual(problem === undefined ? [] : [problem])
  })
})

describe('in a stack', () => {
  let stack: StackHouse
  beforeAll(async () => {
    stack = await openStackHouse()
  })
  afterAll(() => stack.close())

  test('a misspelled member fails its resource before its service is asked', async () => {
    const Policies = [{ PolicyName: 'own', PolicyDocument: {}, Effect: 'Allow' }]
    await stack.stacks('CreateStack', {
      StackName: 'misspelled',
      TemplateBody: body({ Group: { Type: 'AWS::IAM::Group', Properties: { Policies } } }),
      ...acknowledged,
    })
    expect(await stack.events('misspelled')).toContain(
      'Group CREATE_FAILED: Properties validation failed for resource Group with message:\n#/Policies/0: extraneous key [Effect] is not permitted',
    )
  })

  test('a member that only a new resource can have otherwise replaces it', async () => {
    const template = (BootstrapClusterCreatorAdminPermissions: boolean) => ({
      TemplateBody: body({
        Role: role({
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
          },
        }),
        Cluster: {
          Type: 'AWS::EKS::Cluster',
          Properties: {
            RoleArn: { 'Fn::GetAtt': 'Role.Arn' },
            ResourcesVpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'] },
            AccessConfig: { AuthenticationMode: 'API', BootstrapClusterCreatorAdminPermissions },
          },
        },
      }),
      ...acknowledged,
    })
    const cluster = async () =>
      (await stack.begin('DescribeStackResource', { StackName: 'renewed', LogicalResourceId: 'Cluster' })).StackResourceDetail
        .PhysicalResourceId
    await stack.stacks('CreateStack', { StackName: 'renewed', ...template(true) })
    expect(await stack.statusOf('renewed'), (await stack.events('renewed')).join('\n')).toBe('CREATE_COMPLETE')
    const before = await cluster()
    await stack.stacks('UpdateStack', { StackName: 'renewed', ...template(false) })
    expect(await stack.statusOf('renewed'), (await stack.events('renewed')).join('\n')).toBe('UPDATE_COMPLETE')
    expect(await cluster()).not.toBe(before)
  })
})
