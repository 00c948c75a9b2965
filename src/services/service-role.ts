import { sessionPrincipal } from '../identity/credentials.ts'
import type { Principal, ServiceSource } from '../identity/principal.ts'
import type { World } from './world.ts'

/**
 * Assumes a service role: its trust policy decides whether the service may, for the sake of the resource.
 * @param source  the resource: `aws:SourceArn`, `aws:SourceAccount`
 * @throws        ServiceError of STS
 */
export async function assumeServiceRole(
  world: World,
  service: string,
  source: ServiceSource,
  { roleArn, sessionName }: { readonly roleArn: string; readonly sessionName: string },
): Promise<Principal> {
  const input = { RoleArn: roleArn, RoleSessionName: sessionName }
  const assumed = (await world.calls.asService(service, source, { service: 'sts', operation: 'AssumeRole', input })) as {
    readonly Credentials: { readonly AccessKeyId: string; readonly SessionToken: string }
  }
  const { AccessKeyId, SessionToken } = assumed.Credentials
  const session = world.sessions.open(AccessKeyId, SessionToken)
  if (!session) throw new Error('a session that was made a moment ago does not open')
  return world.store.read(tx => sessionPrincipal(tx, session.facts, AccessKeyId))
}

/** Whether a session goes on: rights end with it. */
export const isAlive = (principal: Principal, now: number): boolean =>
  !('account' in principal) || principal.session === undefined || principal.session.expiresAt > now
