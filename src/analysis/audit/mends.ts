import { administers, changed } from '../graph/administrators.ts'
import type { Estate } from '../graph/estate.ts'
import type { Member } from '../graph/members.ts'
import type { SnapshotRole } from '../graph/snapshot.ts'
import { type Found, shellWord } from './check.ts'

const iam = (...words: readonly string[]): string => ['aws', 'iam', ...words].map(shellWord).join(' ')

/** The command that takes away the one policy, or the one group, without which a user is no administrator; nothing when there is no such one. */
export function withoutRight(estate: Estate, member: Member): Pick<Found, 'mend'> {
  const staysWithout = (gone: Member['identity']) =>
    administers(estate, changed(member, { name: '', identity: member.identity.filter(policy => !gone.includes(policy)) })) !== undefined
  const ofGroups = member.groups.flatMap(({ policies }) => policies)
  const own = member.identity.find(policy => !ofGroups.includes(policy) && !staysWithout([policy]))
  if (own) {
    const { id, arn } = own.source
    const user = ['--user-name', member.name]
    return {
      mend:
        arn === undefined
          ? iam('delete-user-policy', ...user, '--policy-name', id)
          : iam('detach-user-policy', ...user, '--policy-arn', arn),
    }
  }
  const group = member.groups.find(({ policies }) => !staysWithout(policies))
  return group ? { mend: iam('remove-user-from-group', '--user-name', member.name, '--group-name', group.name) } : {}
}

/** The commands that delete a role with all that keeps it from being deleted. IAM API Reference, "DeleteRole". */
export function deletionOf({ name, attached, inline, instanceProfiles }: SnapshotRole): string {
  const role = ['--role-name', name]
  return [
    ...attached.map(arn => iam('detach-role-policy', ...role, '--policy-arn', arn)),
    ...inline.map(policy => iam('delete-role-policy', ...role, '--policy-name', policy.name)),
    ...instanceProfiles.map(arn =>
      iam('remove-role-from-instance-profile', '--instance-profile-name', arn.slice(arn.lastIndexOf('/') + 1), ...role),
    ),
    iam('delete-role', ...role),
  ].join(' && ')
}

/** The command that replaces an inline policy. */
export const rewriting = ({ kind, name, policy }: { readonly kind: string; readonly name: string; readonly policy: string }): string =>
  iam(`put-${kind}-policy`, `--${kind}-name`, name, '--policy-name', policy, '--policy-document', 'FILE')
