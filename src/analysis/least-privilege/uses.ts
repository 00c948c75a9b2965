import { actionsOf, passedRole } from './actions.ts'
import { type CallRecord, parametersOf, textAt } from './record.ts'
import { type ArnOfName, resourcesOf } from './resources.ts'

/** A permission that was used. */
export interface Use {
  readonly action: string
  /** ARNs, or `*` when the action has none or the record does not show them. */
  readonly resources: readonly string[]
  /** Condition keys with the values that the record shows. */
  readonly conditions: { readonly [key: string]: string }
}

/** A call of which a policy needs to say nothing, and why. */
export interface Dropped {
  readonly eventSource: string
  readonly eventName: string
  readonly reason: string
  readonly calls: number
}

export interface Activity {
  /** Each permission once. */
  readonly uses: readonly Use[]
  readonly dropped: readonly Dropped[]
  /** How many calls the uses come from. */
  readonly calls: number
}

/** What records show of conditions, by action. Service Authorization Reference, "Condition keys". */
const shownConditions: { readonly [action: string]: { readonly key: string; readonly member: string } } = {
  'iam:AttachUserPolicy': { key: 'iam:PolicyARN', member: 'policyArn' },
  'iam:AttachGroupPolicy': { key: 'iam:PolicyARN', member: 'policyArn' },
  'iam:AttachRolePolicy': { key: 'iam:PolicyARN', member: 'policyArn' },
  'iam:DetachUserPolicy': { key: 'iam:PolicyARN', member: 'policyArn' },
  'iam:DetachGroupPolicy': { key: 'iam:PolicyARN', member: 'policyArn' },
  'iam:DetachRolePolicy': { key: 'iam:PolicyARN', member: 'policyArn' },
  'iam:CreateUser': { key: 'iam:PermissionsBoundary', member: 'permissionsBoundary' },
  'iam:CreateRole': { key: 'iam:PermissionsBoundary', member: 'permissionsBoundary' },
  'iam:PutUserPermissionsBoundary': { key: 'iam:PermissionsBoundary', member: 'permissionsBoundary' },
  'iam:PutRolePermissionsBoundary': { key: 'iam:PermissionsBoundary', member: 'permissionsBoundary' },
  'iam:CreateServiceLinkedRole': { key: 'iam:AWSServiceName', member: 'aWSServiceName' },
  'sts:AssumeRole': { key: 'sts:ExternalId', member: 'externalId' },
  'eks:AssociateAccessPolicy': { key: 'eks:policyArn', member: 'policyArn' },
  'eks:CreateAccessEntry': { key: 'eks:principalArn', member: 'principalArn' },
}

/** Codes of calls that were refused for want of permission: what was not allowed was not used. */
const denied = /^(AccessDenied(Exception)?|UnauthorizedOperation|Client\.UnauthorizedOperation|NotAuthorized|AuthorizationError)$/

/** Reads the permissions that were used out of records. */
export function activityOf(records: Iterable<CallRecord>, arnOfName: ArnOfName = () => undefined): Activity {
  const uses = new Map<string, Use>()
  const dropped = new Map<string, Dropped>()
  let calls = 0
  for (const record of records) {
    const found = usesOf(record, arnOfName)
    if ('reason' in found) {
      const [eventSource, eventName] = [textAt(record, 'eventSource') ?? '', textAt(record, 'eventName') ?? '']
      const key = JSON.stringify([eventSource, eventName, found.reason])
      dropped.set(key, { eventSource, eventName, reason: found.reason, calls: (dropped.get(key)?.calls ?? 0) + 1 })
      continue
    }
    calls++
    for (const use of found.uses) uses.set(JSON.stringify(use), use)
  }
  return { uses: [...uses.values()], dropped: [...dropped.values()], calls }
}

/** The permissions that one call used. */
export function usesOf(record: CallRecord, arnOfName: ArnOfName): { readonly uses: readonly Use[] } | { readonly reason: string } {
  const errorCode = textAt(record, 'errorCode')
  if (errorCode !== undefined && denied.test(errorCode)) return { reason: `was refused: ${errorCode}` }
  const needed = actionsOf(record)
  if ('reason' in needed) return needed
  return {
    uses: needed.actions.map(action => ({
      action,
      resources: shownResources(action, record, arnOfName),
      conditions: { ...conditionsOf(action, record), ...forwardedBy(record) },
    })),
  }
}

function shownResources(action: string, record: CallRecord, arnOfName: ArnOfName): readonly string[] {
  const found = resourcesOf(action, record, arnOfName) ?? ['*']
  const byTemplate = textAt(record, 'userIdentity', 'invokedBy') === 'cloudformation.amazonaws.com'
  return (byTemplate ? found.map(arn => arn.replace(generatedEnd, '-*')) : found).toSorted()
}

/** Of a name that CloudFormation made up, such as `shop-Role-1A2B3C4D5E6F`: the next stack of the template has another. AWS CloudFormation User Guide, "Name type". */
const generatedEnd = /-[A-Z0-9]{12,13}$/

/**
 * A service that calls for somebody does so with his permissions, which a policy may give through that service alone. A role's sessions may be those of a
 * service that the role is for, which call in no other's name: their record looks the same. IAM User Guide, "Forward access sessions", aws:CalledViaLast.
 */
function forwardedBy(record: CallRecord): { readonly [key: string]: string } {
  const service = textAt(record, 'userIdentity', 'invokedBy')
  return service === undefined || textAt(record, 'userIdentity', 'type') === 'AssumedRole' ? {} : { 'aws:CalledViaLast': service }
}

function conditionsOf(action: string, record: CallRecord): { readonly [key: string]: string } {
  if (action === 'iam:PassRole') {
    const [source = ''] = (textAt(record, 'eventSource') ?? '').split('.')
    const service = passedRole(`${source}:${textAt(record, 'eventName')}`, record)?.service
    return service === undefined ? {} : { 'iam:PassedToService': service }
  }
  if (action === 'ec2:CreateTags' && textAt(record, 'eventName') === 'RunInstances') return { 'ec2:CreateAction': 'RunInstances' }
  const shown = shownConditions[action]
  const value = shown && textAt(parametersOf(record), shown.member)
  return value === undefined ? {} : { [shown?.key ?? '']: value }
}
