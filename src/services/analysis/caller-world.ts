import { setTimeout } from 'node:timers/promises'
import { Estate } from '../../analysis/graph/estate.ts'
import { Graph } from '../../analysis/graph/graph.ts'
import { CallRefused } from '../../analysis/graph/import/call-refused.ts'
import { readWorld, type WorldApi } from '../../analysis/graph/import/world.ts'
import type { CredentialedPrincipal } from '../../identity/principal.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { ServiceError } from '../../wire/errors.ts'
import { presignedClusterToken } from '../../wire/sigv4/cluster-token.ts'
import type { CallContext } from '../operation.ts'
import type { World } from '../world.ts'
import { analysis } from './service.ts'

/** A world that was read a moment ago is still the one that is asked about, as long as nothing has changed. */
const freshMilliseconds = 15_000
/** Worlds that are kept: each may be as large as its account. */
const mostKept = 8

interface Kept {
  readonly graph: Promise<Graph>
  readonly until: number
}

const keptOf = new WeakMap<World, Map<string, Kept>>()

/** Worlds by caller. Whatever changes, all are forgotten: a right that was taken away reads nothing more. */
function kept(world: World): Map<string, Kept> {
  const known = keptOf.get(world)
  if (known) return known
  const made = new Map<string, Kept>()
  world.store.onChange(() => made.clear())
  keptOf.set(world, made)
  return made
}

/**
 * Accounts and clusters as the caller may read them: each call that reads is made with the caller's rights and is on record. What the caller may not read,
 * the answer names as missing.
 * @param settings  the account's settings too, which audits ask
 */
export async function graphOf(context: CallContext, { settings = false }: { readonly settings?: boolean } = {}): Promise<Graph> {
  const { world, now } = context
  const caller = callerOf(context)
  const worlds = kept(world)
  const key = JSON.stringify([caller.accessKeyId, caller.principalId, settings])
  const known = worlds.get(key)
  if (known && now < known.until) return known.graph
  const graph = readWorld(callerApi(context, caller), { settings }).then(snapshot => new Graph(new Estate(snapshot)))
  if (worlds.size >= mostKept) worlds.delete(worlds.keys().next().value as string)
  worlds.set(key, { graph, until: now + freshMilliseconds })
  graph.catch(() => worlds.delete(key))
  return graph
}

function callerOf({ principal }: CallContext): CredentialedPrincipal {
  if (!('account' in principal)) throw new analysis.ValidationException('Only callers with credentials have a world to ask about.')
  return principal
}

function callerApi({ world, account, region, now }: CallContext, caller: CredentialedPrincipal): WorldApi {
  const { store, calls, clusters, sessions, random, endpoints } = world
  return {
    async call(service, operation, input) {
      try {
        return asPrinted(await calls.onBehalfOf(caller, analysis.eventSource, { service, operation, input }))
      } catch (problem) {
        if (problem instanceof ServiceError) throw new CallRefused(problem.code, problem.message)
        throw problem
      }
    },

    async kubernetes(cluster, path) {
      const row = await store.read(tx =>
        tx
          .selectFrom('clusters')
          .select('id')
          .where('account', '=', account)
          .where('region', '=', region)
          .where('name', '=', cluster)
          .executeTakeFirst(),
      )
      if (!row) throw new CallRefused('ResourceNotFoundException', `there is no cluster ${cluster}`)
      const credentials = sessions.issue(factsOf(caller, now), random)
      const bearer = presignedClusterToken({ endpoint: endpoints.https, region, credentials }, cluster, now)
      const { status, body } = await clusters.readAs(row.id, path, bearer).catch((problem: unknown) => {
        throw new CallRefused('', problem instanceof Error ? problem.message : String(problem))
      })
      const answer = parsed(body)
      if (status !== 200 || !answer) throw new CallRefused('', String(answer?.['message'] ?? `status ${status}`))
      return answer
    },

    pause: () => setTimeout(100),
  }
}

/** Long enough to be shown, not to be kept. */
const tokenMilliseconds = 60_000

/** The caller's session, for a cluster's token; of keys that are no session's, one that says who they are of. */
function factsOf(caller: CredentialedPrincipal, now: number): SessionFacts {
  const session = {
    issuedAt: now,
    ...caller.session,
    expiresAt: Math.min(now + tokenMilliseconds, caller.session?.expiresAt ?? Number.POSITIVE_INFINITY),
  }
  const { account } = caller
  switch (caller.type) {
    case 'root':
      return { ...session, kind: 'root', account }
    case 'user':
      return { ...session, kind: 'user', account, ownerId: caller.userId }
    case 'roleSession':
      return { ...session, kind: 'role', account, ownerId: caller.roleId, name: caller.sessionName }
    case 'federatedUser': {
      const { issuer } = caller
      return {
        ...session,
        kind: 'federatedUser',
        account,
        name: caller.federatedUserName,
        ...(issuer.type === 'user' && { ownerId: issuer.userId }),
      }
    }
  }
}

/** An answer as the AWS CLI prints it: times as texts, bytes in base64. */
function asPrinted(output: unknown): { readonly [name: string]: unknown } {
  return JSON.parse(
    JSON.stringify(output, (_, value: unknown) => (isBytes(value) ? Buffer.from(bytesOf(value)).toString('base64') : value)) ?? '{}',
  ) as {
    readonly [name: string]: unknown
  }
}

/** A Buffer is asked for its JSON before anybody else is. */
const isBytes = (value: unknown): value is Uint8Array | { readonly type: 'Buffer'; readonly data: readonly number[] } =>
  value instanceof Uint8Array ||
  (typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer' && 'data' in value)
const bytesOf = (value: Uint8Array | { readonly data: readonly number[] }) => ('data' in value ? value.data : value)

function parsed(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}
