import { managedPolicy } from '../../catalogue/managed-policies.ts'
import { rootArn } from '../../identity/arns.ts'
import { mayAssumeRootOf } from '../../identity/root-sessions.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { parseArn } from '../../types/arn.ts'
import { issueCredentials, lifeOf } from './credentials.ts'
import { sts } from './service.ts'

const defaultSeconds = 900
/** The policies whose tasks a root session may be for. STS API Reference, "AssumeRoot", TaskPolicyArn. */
const taskPolicies = /^arn:aws:iam::aws:policy\/root-task\/[\w+=,.@-]+$/

/** AssumeRoot: a short session of a member account's root user, for one task. STS API Reference, "AssumeRoot". */
export const AssumeRoot = sts.operation('AssumeRoot', {
  access({ TargetPrincipal, TaskPolicyArn }, { account }) {
    const member = memberOf(TargetPrincipal)
    // The organization's own rule lets the management account in; the member account has no policy that could say so.
    return { resource: rootArn(member), resourceAccount: account, keys: { 'sts:TaskPolicyArn': TaskPolicyArn.arn } }
  },

  async handle(input, context) {
    const { principal, tx, account, now } = context
    const member = memberOf(input.TargetPrincipal)
    const task = input.TaskPolicyArn.arn ?? ''
    if (!taskPolicies.test(task) || !managedPolicy(task)) throw new sts.ValidationError(`The task policy ${task} is not valid.`)
    if ((input.DurationSeconds ?? 0) < 0) throw new sts.ValidationError('The requested DurationSeconds must be from 0 to 900.')
    if (principal.type === 'root') throw new sts.AccessDenied('AssumeRoot cannot be called with root user credentials.')
    if (!(await mayAssumeRootOf(tx, account, member, task.slice(task.lastIndexOf('/') + 1))))
      throw new sts.AccessDenied(`Not authorized to perform sts:AssumeRoot on resource: ${rootArn(member)}`)
    const sourceIdentity = 'account' in principal ? principal.session?.sourceIdentity : undefined
    const session: SessionFacts = {
      kind: 'root',
      account: member,
      task,
      scopes: [task],
      ...(sourceIdentity !== undefined && { sourceIdentity }),
      ...lifeOf(input.DurationSeconds ?? defaultSeconds, now),
    }
    return { ...issueCredentials(session, input, context), ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }) }
  },

  trail: ({ TargetPrincipal }) => ({ resources: [{ ARN: rootArn(memberOf(TargetPrincipal)), accountId: memberOf(TargetPrincipal) }] }),
})

/** An account's number, or its root user's ARN. @throws ValidationError */
function memberOf(target: string): string {
  if (/^\d{12}$/.test(target)) return target
  const parsed = parseArn(target)
  if (parsed?.service !== 'iam' || parsed.resource !== 'root' || !/^\d{12}$/.test(parsed.account))
    throw new sts.ValidationError(`The target principal ${target} is not valid.`)
  return parsed.account
}
