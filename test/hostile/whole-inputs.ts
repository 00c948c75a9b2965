import type { Value } from './mutations.ts'

// What is right, for the fuzzers to alter. Each shows as many of its language's forms as fit.

export const policies: readonly Value[] = [
  {
    Version: '2012-10-17',
    Id: 'a',
    Statement: [
      {
        Sid: 'One',
        Effect: 'Allow',
        Action: ['s3:Get*', 's3:*Object', 'iam:*'],
        Resource: ['arn:aws:s3:::${aws:PrincipalTag/team, "none"}/*', '*'],
        Condition: {
          StringLike: { 'aws:PrincipalTag/team': ['a*a*a*b', '?*?*?*!', '${aws:username}'] },
          'ForAllValues:StringEqualsIfExists': { 'aws:TagKeys': ['a', 'b'] },
          IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] },
          DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
          NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
          Bool: { 'aws:SecureTransport': 'true' },
          ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' },
          Null: { 'aws:TokenIssueTime': 'false' },
          BinaryEquals: { key: 'aGk=' },
        },
      },
      { Effect: 'Deny', NotAction: 's3:DeleteObject', NotResource: 'arn:aws:s3:::*/a?b' },
    ],
  },
  {
    Version: '2008-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: {
        AWS: ['arn:aws:iam::123456789012:root', '123456789012'],
        Service: 'ec2.amazonaws.com',
        Federated: 'accounts.google.com',
      },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
    },
  },
  { Statement: [{ Effect: 'Deny', NotPrincipal: '*', Action: '*', Resource: '*' }] },
]

/** A policy whose resource, action and key are a text. */
export const policyFor = (text: string): Value => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: `s3:${text}`, Resource: `arn:aws:s3:::${text}`, Condition: { StringLike: { [text]: text } } }],
})

export const arns: readonly string[] = [
  'arn:aws:iam::123456789012:user/path/name',
  'arn:aws:s3:::bucket/key:with:colons',
  'arn:aws-cn:eks:cn-north-1:123456789012:cluster/name',
  'arn:aws:sts::123456789012:assumed-role/role/session',
]

export const templates: readonly Value[] = [
  {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'd',
    Parameters: { Name: { Type: 'String', AllowedPattern: '^[a-z]+$', Default: 'a', MaxLength: 5, NoEcho: true } },
    Mappings: { Map: { One: { Two: 'three' } } },
    Conditions: { Yes: { 'Fn::Equals': [{ Ref: 'Name' }, 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] } },
    Rules: { R: { Assertions: [{ Assert: { 'Fn::Contains': [['a'], { Ref: 'Name' }] }, AssertDescription: 'x' }] } },
    Resources: {
      User: {
        Type: 'AWS::IAM::User',
        Condition: 'Yes',
        DependsOn: ['Group'],
        DeletionPolicy: 'Retain',
        Properties: {
          UserName: { 'Fn::Sub': ['${A}-${AWS::Region}-${!B}', { A: { Ref: 'Name' } }] },
          Path: { 'Fn::Join': ['', ['/', { 'Fn::Select': [0, { 'Fn::Split': [',', 'a,b'] }] }, '/']] },
          Tags: [{ Key: 'a', Value: { 'Fn::FindInMap': ['Map', 'One', 'Two'] } }, { 'Fn::If': ['No', { Ref: 'AWS::NoValue' }, {}] }],
        },
      },
      Group: { Type: 'AWS::IAM::Group', Metadata: { a: 1 } },
    },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['User', 'Arn'] }, Export: { Name: 'n' } } },
  },
]

export const yamlTemplates: readonly string[] = [
  'Resources:\n  User:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: !Sub "${AWS::StackName}-a"\n      Path: !Join ["/", [a, !Ref "AWS::Region"]]\n  G: {Type: AWS::IAM::Group}\nOutputs:\n  A: {Value: !GetAtt User.Arn}\n',
]

export const seeds: readonly string[] = [
  'stacks:\n  - name: base\n    template: base.yaml\n    parameters: {Name: a}\ncalls:\n  - iam:CreateUser: {UserName: ann}\n  - eks:CreateCluster:\n      name: dev\naccessKeys:\n  - user: ann\n    id: AKIAIOSFODNN7EXAMPLE\n    secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
  'a: &a [x, x]\nb: &b [*a, *a]\ncalls: [*b]\n',
]

export const statements: readonly string[] = [
  "SELECT eventName, COUNT(*) AS n FROM 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f WHERE eventTime > '2026-01-01 00:00:00' AND userIdentity.arn LIKE '%a_b%' ESCAPE '!' GROUP BY eventName HAVING COUNT(*) > 1 ORDER BY n DESC NULLS LAST LIMIT 10",
  "WITH a AS (SELECT element_at(requestParameters, 'userName') u, CASE WHEN readOnly THEN 1 ELSE 2 END k FROM 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f) SELECT * FROM a x LEFT JOIN a y ON x.u = y.u WHERE x.k IN (1, 2) OR NOT x.u IS NULL UNION ALL SELECT u, k, u, k FROM a",
  "SELECT upper(substr(eventSource, 1, 3)), date_trunc('hour', eventTime), regexp_like(eventName, '(a+)+$'), CAST(1.5 AS integer) FROM 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f WHERE eventName BETWEEN 'A' AND 'Z' AND EXISTS (SELECT 1 FROM 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f)",
]

/** A token of `aws eks get-token`. */
export const presignedToken = `k8s-aws-v1.${Buffer.from(
  'https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20260115T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=' +
    '0'.repeat(64),
).toString('base64url')}`

export const tokenReview = (token: string): Value => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  metadata: {},
  spec: { token, audiences: ['a'] },
})

export const accessReview: Value = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  spec: {
    resourceAttributes: {
      namespace: 'default',
      verb: 'get',
      group: '',
      version: 'v1',
      resource: 'pods',
      subresource: 'log',
      name: 'a',
      labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }] },
    },
    user: 'arn:aws:iam::123456789012:user/a',
    groups: ['system:authenticated'],
    extra: { arn: ['arn:aws:iam::123456789012:user/a'], principalId: ['AIDA'] },
    uid: 'x',
  },
}

export const admissionReview: Value = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'a',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'default',
    operation: 'CREATE',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', annotations: { 'eks.amazonaws.com/skip-containers': 'b, c' }, labels: {} },
      spec: {
        serviceAccountName: 'builder',
        volumes: [{ name: 'v', emptyDir: {} }],
        initContainers: [{ name: 'i', image: 'x' }],
        containers: [{ name: 'c', image: 'x', env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      },
    },
  },
}
