import { describe, expect, test } from 'vitest'
import { awsCliCommand, hyphenated } from '../../console/api/aws-cli.ts'
import { call } from '../../console/api/call.ts'

describe('the AWS CLI command of a call', () => {
  test.each([
    ['ListMFADevices', 'list-mfa-devices'],
    ['CreateOpenIDConnectProvider', 'create-open-id-connect-provider'],
    ['GetSSHPublicKey', 'get-ssh-public-key'],
    ['ListSAMLProviders', 'list-saml-providers'],
    ['principalArn', 'principal-arn'],
    ['DescribePodIdentityAssociation', 'describe-pod-identity-association'],
    ['ResourceArns', 'resource-arns'],
    ['PolicyARNs', 'policy-arns'],
  ])('writes %s as %s', (name, expected) => expect(hyphenated(name)).toBe(expected))

  test('quotes what a shell would take apart, and writes switches and lists as the CLI does', () => {
    expect(awsCliCommand(call('iam', 'CreateUser', { UserName: "o'neill", Tags: [{ Key: 'a', Value: 'b c' }] }))).toBe(
      String.raw`aws iam create-user --user-name 'o'\''neill' --tags '[{"Key":"a","Value":"b c"}]'`,
    )
    expect(awsCliCommand(call('iam', 'CreateLoginProfile', { UserName: 'a', PasswordResetRequired: false }))).toBe(
      'aws iam create-login-profile --user-name a --no-password-reset-required',
    )
    expect(awsCliCommand(call('iam', 'UntagUser', { UserName: 'a', TagKeys: ['x', 'y z'] }))).toBe(
      "aws iam untag-user --user-name a --tag-keys x 'y z'",
    )
  })
})
