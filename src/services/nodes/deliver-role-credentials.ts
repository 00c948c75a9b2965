import { assumptionRecord } from '../../audit/assume-role-record.ts'
import { instanceProfileArn, roleArn } from '../../identity/arns.ts'
import { roleOfArn, type ServiceAssumedRole } from '../../identity/assumable-role.ts'
import { profileAssociationOf } from '../../identity/instances.ts'
import type { Transaction } from '../../store/index.ts'
import type { HandleContext } from '../operation.ts'
import { instanceArn } from './instance-arn.ts'
import { nodes } from './service.ts'

const ec2 = 'ec2.amazonaws.com'

/** "the cached credentials" of an instance last about six hours. IAM User Guide, "Use an IAM role to grant permissions to applications running on Amazon EC2 instances". */
const sessionSeconds = 21_600

/**
 * DeliverRoleCredentials: the credentials of an instance profile's role, as EC2 puts them into an instance's metadata. Whoever asks stands where
 * RunInstances would: the role must be theirs to pass. EC2 User Guide, "IAM roles for Amazon EC2".
 */
export const DeliverRoleCredentials = nodes.operation('DeliverRoleCredentials', {
  prepare: ({ instanceProfileName }, { tx, account }) => findProfile(tx, account, instanceProfileName),

  access: ({ instanceProfileName, instanceId }, { account, region }, found) => [
    { action: 'iam:GetInstanceProfile', resource: found?.arn ?? instanceProfileArn(account, '/', instanceProfileName) },
    ...(found?.role
      ? [
          {
            action: 'iam:PassRole',
            resource: found.role.arn,
            keys: { 'iam:PassedToService': ec2, 'iam:AssociatedResourceArn': instanceArn(region, account, instanceId) },
          },
        ]
      : []),
  ],

  async handle({ instanceProfileName, instanceId, roleDelivery }, context, found) {
    const { world, now, account, region, requestId } = context
    if (!found) throw new nodes.NoSuchEntity(`Instance Profile ${instanceProfileName} cannot be found.`)
    const { role } = found
    await requireOwnProfile(context.tx, instanceId, account, found)
    if (!role) throw new nodes.InstanceProfileHasNoRole(`Instance Profile ${instanceProfileName} has no role.`)
    await requireTrust(role, instanceId, context)
    const issuedAt = Math.floor(now / 1000) * 1000
    const session = {
      kind: 'role',
      account,
      ownerId: role.row.id,
      name: instanceId,
      issuedAt,
      expiresAt: issuedAt + Math.min(sessionSeconds, world.settings.serviceSessionSeconds ?? sessionSeconds) * 1000,
      instance: { arn: instanceArn(region, account, instanceId), roleDelivery },
    } as const
    const credentials = world.sessions.issue(session, world.random)
    context.alsoRecord(
      assumptionRecord({
        service: ec2,
        role: { arn: role.arn, account, id: role.row.id, name: role.row.name },
        sessionName: instanceId,
        credentials,
        region,
        requestId,
        at: now,
        uuid: world.random.uuid(),
      }),
    )
    return {
      accountId: account,
      instanceProfileArn: found.arn,
      instanceProfileId: found.id,
      roleName: role.row.name,
      credentials: {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        sessionToken: credentials.sessionToken,
        expiration: new Date(credentials.expiresAt),
      },
    }
  },

  // Not read-only by name, but nothing is written except what is on record.
  transaction: 'read',

  trail: (_input, _output, { account }, found) => ({
    responseElements: null,
    ...(found && { resources: [{ ARN: found.arn, accountId: account, type: 'AWS::IAM::InstanceProfile' }] }),
  }),
})

/** An instance that EC2 knows gets the role of the profile that it has, and of no other. @throws NoSuchInstance */
async function requireOwnProfile(tx: Transaction, instanceId: string, account: string, { id, arn }: FoundProfile): Promise<void> {
  const known = await tx.selectFrom('instances').select(['account', 'terminatedAt']).where('id', '=', instanceId).executeTakeFirst()
  if (!known) return
  const association = await profileAssociationOf(tx, instanceId)
  if (known.account !== account || known.terminatedAt !== null || association?.profileId !== id)
    throw new nodes.NoSuchInstance(`There is no running instance ${instanceId} with the instance profile ${arn}.`)
}

interface FoundProfile {
  readonly id: string
  readonly arn: string
  readonly role: ServiceAssumedRole | undefined
}

async function findProfile(tx: Transaction, account: string, name: string): Promise<FoundProfile | undefined> {
  const profile = await tx
    .selectFrom('instanceProfiles')
    .selectAll()
    .where('account', '=', account)
    .where('nameKey', '=', name.toLowerCase())
    .executeTakeFirst()
  if (!profile) return undefined
  const { id, path, roleId } = profile
  const row = roleId === null ? undefined : await tx.selectFrom('roles').selectAll().where('id', '=', roleId).executeTakeFirst()
  const role = row && (await roleOfArn(tx, roleArn(row.account, row.path, row.name)))
  return { id, arn: instanceProfileArn(account, path, profile.name), role }
}

/** @throws AssumeRoleUnauthorizedAccess, in the words that instances find in their metadata */
async function requireTrust(
  role: ServiceAssumedRole,
  instanceId: string,
  { world, principal, account, region, now }: HandleContext,
): Promise<void> {
  const { effect } = await world.authorizer.authorize(principal, {
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourcePolicy: role.trustPolicy,
    resourceMustAllow: true,
    principal: { type: 'service', service: ec2 },
    context: {
      'aws:SourceAccount': account,
      'aws:SourceArn': instanceArn(region, account, instanceId),
      'aws:RequestedRegion': region,
      'aws:CurrentTime': new Date(now),
      'aws:EpochTime': Math.floor(now / 1000),
      'aws:SecureTransport': true,
      'aws:ViaAWSService': false,
      'sts:RoleSessionName': instanceId,
    },
  })
  if (effect !== 'allowed') throw new nodes.AssumeRoleUnauthorizedAccess(`EC2 cannot assume the role ${role.row.name}.`)
}
