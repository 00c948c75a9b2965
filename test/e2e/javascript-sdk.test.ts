import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteConflictException,
  DeleteGroupCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  EntityAlreadyExistsException,
  GetUserCommand,
  IAMClient,
  IAMServiceException,
  LimitExceededException,
  ListUsersCommand,
  NoSuchEntityException,
  paginateListPolicyVersions,
  paginateListUsers,
  RemoveRoleFromInstanceProfileCommand,
  RemoveUserFromGroupCommand,
  SimulatePrincipalPolicyCommand,
  waitUntilInstanceProfileExists,
  waitUntilPolicyExists,
  waitUntilRoleExists,
  waitUntilUserExists,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse } from './gatehouse.ts'

let gatehouse: TestGatehouse
let iam: IAMClient
let sts: STSClient
const account = '111122223333'
const RoleName = 'script-role'
const PolicyArn = `arn:aws:iam::${account}:policy/script-policy`
const waiting = () => ({ client: iam, maxWaitTime: 10, minDelay: 1 })

beforeAll(async () => {
  gatehouse = await startGatehouse()
  iam = new IAMClient(settings())
  sts = new STSClient(settings())
})
afterAll(async () => {
  iam?.destroy()
  sts?.destroy()
  await discard(gatehouse)
})

/** Over plain HTTP, as Node trusts more authorities from the start of a process only. */
const settings = (keys = own()) => ({ endpoint: gatehouse.httpEndpoint, region: 'us-east-1', credentials: keys })
const own = (): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } => ({
  accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: gatehouse.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
})
const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })

describe('the AWS SDK for JavaScript 3, unmodified: an IAM and STS life cycle', () => {
  test('users come with the waiter, on pages, and are known to be there or not by their exceptions', async () => {
    for (let n = 0; n < 5; n++) await iam.send(new CreateUserCommand({ UserName: `script-${n}`, Path: '/script/' }))
    await waitUntilUserExists(waiting(), { UserName: 'script-0' })
    const { User } = await iam.send(new GetUserCommand({ UserName: 'script-0' }))
    expect(User?.Arn).toBe(`arn:aws:iam::${account}:user/script/script-0`)
    expect(Math.abs(Date.now() - Number(User?.CreateDate))).toBeLessThan(60_000)
    const pages: number[] = []
    for await (const { Users = [] } of paginateListUsers({ client: iam, pageSize: 2 }, { PathPrefix: '/script/' })) pages.push(Users.length)
    expect(pages).toEqual([2, 2, 1])
    await expect(iam.send(new CreateUserCommand({ UserName: 'script-0' }))).rejects.toBeInstanceOf(EntityAlreadyExistsException)
    await expect(iam.send(new GetUserCommand({ UserName: 'nobody' }))).rejects.toBeInstanceOf(NoSuchEntityException)
  })

  test('a role has what its policy allows, and is not without it', async () => {
    const trust = document({ Principal: { AWS: account }, Action: ['sts:AssumeRole', 'sts:TagSession'] })
    const tags = { Tags: [{ Key: 'team', Value: 'shop' }] }
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, ...tags }))
    await waitUntilRoleExists(waiting(), { RoleName })
    const PolicyDocument = document({ Action: 'iam:ListUsers', Resource: '*' })
    await iam.send(new CreatePolicyCommand({ PolicyName: 'script-policy', PolicyDocument }))
    await waitUntilPolicyExists(waiting(), { PolicyArn })
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
    await expect(iam.send(new DeletePolicyCommand({ PolicyArn }))).rejects.toBeInstanceOf(DeleteConflictException)
    const assume = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'cell', Tags: [{ Key: 'team', Value: 'shop' }] })
    const { Credentials } = await sts.send(assume)
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    }
    expect((await new STSClient(settings(keys)).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:sts::${account}:assumed-role/${RoleName}/cell`,
    )
    const asRole = new IAMClient(settings(keys))
    expect((await asRole.send(new ListUsersCommand({ PathPrefix: '/script/' }))).Users).toHaveLength(5)
    const refused = await asRole.send(new CreateUserCommand({ UserName: 'no' })).catch((problem: unknown) => problem)
    expect(refused).toBeInstanceOf(IAMServiceException)
    expect(refused).toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })
  })

  test('a key is its user, whose session lasts as long as asked', async () => {
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'script-0' }))
    const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    expect((await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: keys.accessKeyId }))).Account).toBe(account)
    const { Credentials } = await new STSClient(settings(keys)).send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
    expect(Math.round((Number(Credentials?.Expiration) - Date.now()) / 60_000)).toBe(15)
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'script-0', AccessKeyId: keys.accessKeyId }))
    const gone = await new STSClient(settings(keys)).send(new GetCallerIdentityCommand({})).catch((problem: unknown) => problem)
    expect(gone).toMatchObject({ name: 'InvalidClientTokenId' })
  })

  test('an instance profile comes with the waiter, and holds one role', async () => {
    const InstanceProfileName = 'script-profile'
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
    await waitUntilInstanceProfileExists(waiting(), { InstanceProfileName })
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
    await expect(iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))).rejects.toBeInstanceOf(
      LimitExceededException,
    )
    const waited = await waitUntilUserExists({ ...waiting(), maxWaitTime: 2 }, { UserName: 'nobody' }).catch(
      (problem: Error) => problem.name,
    )
    expect(waited).toBe('TimeoutError')
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }))
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }))
  })

  test('a group gives its users policies, whose versions have a limit', async () => {
    const GroupName = 'script-group'
    await iam.send(new CreateGroupCommand({ GroupName }))
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'script-1' }))
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }))
    const version = () =>
      new CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: document({ Action: 'iam:ListUsers', Resource: '*' }),
        SetAsDefault: true,
      })
    for (let n = 0; n < 4; n++) await iam.send(version())
    await expect(iam.send(version())).rejects.toBeInstanceOf(LimitExceededException)
    const versions: string[] = []
    for await (const page of paginateListPolicyVersions({ client: iam, pageSize: 2 }, { PolicyArn }))
      for (const { VersionId = '', IsDefaultVersion } of page.Versions ?? []) if (!IsDefaultVersion) versions.push(VersionId)
    expect(versions).toEqual(['v4', 'v3', 'v2', 'v1'])
    for (const VersionId of versions) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }))
    const { EvaluationResults } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: `arn:aws:iam::${account}:user/script/script-1`,
        ActionNames: ['iam:ListUsers'],
      }),
    )
    expect(EvaluationResults).toMatchObject([{ EvalDecision: 'allowed', MatchedStatements: [{ SourcePolicyId: 'script-policy' }] }])
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }))
    await expect(iam.send(new DeleteGroupCommand({ GroupName }))).rejects.toBeInstanceOf(DeleteConflictException)
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName: 'script-1' }))
    await iam.send(new DeleteGroupCommand({ GroupName }))
  })

  test('all of it goes', async () => {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
    await iam.send(new DeletePolicyCommand({ PolicyArn }))
    await iam.send(new DeleteRoleCommand({ RoleName }))
    for (let n = 0; n < 5; n++) await iam.send(new DeleteUserCommand({ UserName: `script-${n}` }))
    expect((await iam.send(new ListUsersCommand({ PathPrefix: '/script/' }))).Users).toEqual([])
  })
})
