import type { Templates } from '../../../src/identity/templates.ts'

const json = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

export const policyTemplateArn = 'arn:aws:iam::123456789012:delegation-template/Bucket'
export const roleTemplateArn = 'arn:aws:iam::aws:role-template/example.amazonaws.com/Worker:1'

const worker = {
  arn: roleTemplateArn,
  service: 'example.amazonaws.com',
  name: 'Worker',
  majorVersion: 1,
  enabled: true,
  description: 'Workers of a queue',
  roleName: 'Worker-@{queue}',
  rolePath: '/workers/',
  roleDescription: 'Works on @{queue}',
  trustPolicy: json({ Effect: 'Allow', Principal: { Service: '@{service}' }, Action: 'sts:AssumeRole' }),
  inlinePolicies: { Receive: json({ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '@{queues}' }) },
  managedPolicies: ['arn:aws:iam::aws:policy/IAMReadOnlyAccess'],
  parameters: [
    { name: 'queue', type: 'String', required: true },
    { name: 'queues', type: 'ArnList', required: true, description: 'Where messages come from' },
    { name: 'service', type: 'String', required: false, defaultValue: 'ec2.amazonaws.com' },
    { name: 'weight', type: 'Number', required: false },
  ],
  tags: { queue: '@{queue}' },
  maxSessionSeconds: 7200,
} as const

/** What is registered in tests: a provider that has the tests' account itself, and a service's roles. */
export const templates: Templates = {
  policies: [
    {
      arn: policyTemplateArn,
      account: '123456789012',
      name: 'Example Provider',
      policy: json({
        Effect: 'Allow',
        Action: ['s3:GetObject', 'iam:ListUsers'],
        Resource: ['arn:aws:s3:::@{bucketName}/*', '@{moreResources}'],
      }),
      boundaries: ['arn:aws:iam::aws:policy/IAMReadOnlyAccess'],
      endpoint: 'https://provider.example.com/messages',
    },
  ],
  roles: [
    { ...worker, minorVersion: 0, isDefault: true },
    { ...worker, minorVersion: 1, isDefault: false, enabled: false, maxSessionSeconds: 3600 },
  ],
}
