import type { UserInfo } from '../../cluster-access/rules.ts'
import type { ClusterAuthorizer } from './authorization.ts'
import type { KubernetesRequest } from './requests.ts'
import { StatusError } from './status.ts'

const extraPrefix = 'impersonate-extra-'
const anonymous = 'system:anonymous'

/**
 * Who a request is made as. Each group, and each value of an extra field, is a header line of its own: what is in one line is one name.
 * @throws StatusError Forbidden when the user may not impersonate, BadRequest when no user is named
 * @see Kubernetes documentation, "Authenticating", "User impersonation"
 */
export async function impersonated(
  { headerLines }: KubernetesRequest,
  user: UserInfo,
  authorizer: Pick<ClusterAuthorizer, 'require'>,
): Promise<UserInfo> {
  const lines = headerLines.map(([name, value]) => [name.toLowerCase(), value] as const).filter(([name]) => name.startsWith('impersonate-'))
  if (lines.length === 0) return user
  const valuesOf = (header: string) => lines.flatMap(([name, value]) => (name === header && value !== '' ? [value] : []))
  const [username] = valuesOf('impersonate-user')
  if (username === undefined) throw new StatusError(400, 'BadRequest', 'requested without impersonating a user')
  const groups = valuesOf('impersonate-group')
  const [uid] = valuesOf('impersonate-uid')
  const extras = lines.flatMap(([name, value]) => (name.startsWith(extraPrefix) ? [[keyOf(name), value] as const] : []))

  const require = (apiGroup: string, resource: string, name: string, namespace?: string, subresource?: string) =>
    authorizer.require(user, { kind: 'resource', verb: 'impersonate', apiGroup, resource, subresource, name, namespace })
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username)
  if (account) await require('', 'serviceaccounts', account[2] as string, account[1] as string)
  else await require('', 'users', username)
  for (const group of groups) await require('', 'groups', group)
  if (uid !== undefined) await require('authentication.k8s.io', 'uids', uid)
  for (const [key, value] of extras) await require('authentication.k8s.io', 'userextras', value, undefined, key)

  const implied = account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
  const known = username === anonymous ? 'system:unauthenticated' : 'system:authenticated'
  const extra: { [key: string]: string[] } = Object.create(null) as { [key: string]: string[] }
  for (const [key, value] of extras) (extra[key] ??= []).push(value)
  return { username, ...(uid !== undefined && { uid }), groups: [...new Set([...groups, ...implied, known])], extra }
}

function keyOf(header: string): string {
  const key = header.slice(extraPrefix.length)
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}
