import { roleArn } from '../../identity/arns.ts'
import { createServiceLinkedRole, serviceLinkedRoleName, serviceLinkedRoleOf } from '../../identity/service-linked-roles.ts'
import { recordChange } from '../../store/index.ts'
import { roleAccess } from './access.ts'
import { encodeDocument } from './documents.ts'
import { findRole, isServiceLinked, requireRole } from './entities.ts'
import { roleList } from './roles.ts'
import { iam } from './service.ts'
import { briefRoleShape } from './shapes.ts'
import { usesOfServiceLinkedRole } from './service-linked-role-uses.ts'
import type { GetServiceLinkedRoleDeletionStatusResponse } from '../../wire/models/iam.ts'
import { dropTags } from './tagging.ts'

/** The trust policy as the call that makes the role tells it, with lists; afterwards it is told without. AWS CLI reference, "create-service-linked-role". */
const newTrustPolicy = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }],
  })

/** CreateServiceLinkedRole: the service says what the role may do. IAM API Reference, "CreateServiceLinkedRole". */
export const CreateServiceLinkedRole = iam.operation('CreateServiceLinkedRole', {
  access({ AWSServiceName, CustomSuffix }, { account }) {
    const role = serviceLinkedRoleOf(AWSServiceName)
    const name = role ? serviceLinkedRoleName(role, CustomSuffix) : '*'
    return { resource: roleArn(account, `/aws-service-role/${AWSServiceName}/`, name), keys: { 'iam:AWSServiceName': AWSServiceName } }
  },

  async handle({ AWSServiceName, Description, CustomSuffix }, { tx, account, now, world }) {
    const role = serviceLinkedRoleOf(AWSServiceName)
    if (!role) throw new iam.InvalidInput(`Service ${AWSServiceName} has no service-linked role that Gatehouse knows.`)
    if (CustomSuffix !== undefined && !role.suffix) throw new iam.InvalidInput(`Custom suffix is not allowed for ${AWSServiceName}`)
    const name = serviceLinkedRoleName(role, CustomSuffix)
    if (await findRole(tx, account, name)) {
      throw new iam.InvalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`)
    }
    await createServiceLinkedRole(tx, {
      account,
      service: AWSServiceName,
      role,
      suffix: CustomSuffix,
      description: Description,
      now,
      random: world.random,
    })
    const [shape] = await roleList(tx, [await requireRole(tx, account, name)])
    return shape ? { Role: { ...briefRoleShape(shape), AssumeRolePolicyDocument: encodeDocument(newTrustPolicy(AWSServiceName)) } } : {}
  },
})

/** What became of a deletion, as the store keeps it. */
type Deletion = Pick<GetServiceLinkedRoleDeletionStatusResponse, 'Status' | 'Reason'>

/**
 * DeleteServiceLinkedRole: begins the deletion and tells its task, which has ended by then: it fails while the service has resources that use the role.
 * IAM API Reference, "DeleteServiceLinkedRole".
 */
export const DeleteServiceLinkedRole = iam.operation('DeleteServiceLinkedRole', {
  access: ({ RoleName }, context) => roleAccess(context, RoleName),

  async handle({ RoleName }, { tx, account, now, region, world }) {
    const role = await requireRole(tx, account, RoleName)
    if (!isServiceLinked(role)) throw new iam.InvalidInput(`Role ${RoleName} is not a service-linked role.`)
    const service = role.path.split('/')[2] ?? ''
    const id = `task/aws-service-role/${service}/${role.name}/${world.random.uuid()}`
    const uses = await usesOfServiceLinkedRole(tx, { account, service, region })
    const deletion: Deletion =
      uses.length === 0
        ? { Status: 'SUCCEEDED' }
        : { Status: 'FAILED', Reason: { Reason: `The role ${role.name} is in use by resources of the service.`, RoleUsageList: uses } }
    await tx
      .insertInto('iamJobs')
      .values({ id, account, kind: 'roleDeletion', createdAt: now, value: JSON.stringify(deletion) })
      .execute()
    if (uses.length > 0) return { DeletionTaskId: id }
    await tx.deleteFrom('policyAttachments').where('ownerKind', '=', 'role').where('ownerId', '=', role.id).execute()
    await tx.deleteFrom('roles').where('id', '=', role.id).execute()
    await dropTags(tx, { kind: 'role', id: role.id })
    await recordChange(tx, { account, kind: 'role', id: role.id, at: now })
    return { DeletionTaskId: id }
  },
})

/** GetServiceLinkedRoleDeletionStatus. IAM API Reference, "GetServiceLinkedRoleDeletionStatus". */
export const GetServiceLinkedRoleDeletionStatus = iam.operation('GetServiceLinkedRoleDeletionStatus', {
  access({ DeletionTaskId }, { account }) {
    const [, , service = '', name = ''] = DeletionTaskId.split('/')
    return { resource: roleArn(account, `/aws-service-role/${service}/`, name) }
  },

  async handle({ DeletionTaskId }, { tx, account }) {
    const job = await tx
      .selectFrom('iamJobs')
      .select('value')
      .where('id', '=', DeletionTaskId)
      .where('account', '=', account)
      .where('kind', '=', 'roleDeletion')
      .executeTakeFirst()
    if (!job) throw new iam.NoSuchEntity(`Deletion task ${DeletionTaskId} not found`)
    // Earlier versions kept no reason, as they had none, and the status alone.
    const { status, ...deletion } = JSON.parse(job.value) as Deletion & { readonly status?: string }
    return status === undefined ? deletion : { Status: status }
  },
})
