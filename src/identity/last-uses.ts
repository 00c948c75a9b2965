import type { Store, Transaction } from '../store/index.ts'
import type { Principal } from './principal.ts'

/** One authenticated call, allowed or not. */
export interface Use {
  /** The prefix of the service's actions, such as `iam`. */
  readonly service: string
  /** Such as `ListUsers`. */
  readonly action: string
  readonly region: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** Remembers when keys, users and roles were last used. */
export interface LastUses {
  /** Takes note of a call; costs no write. */
  saw(principal: Principal, use: Use): void
  /** Writes what was noted; resolves when all that was noted before is kept. */
  flush(): Promise<void>
}

/**
 * Notes uses in memory and keeps the latest of each at intervals, and before they are told: a write a call would be dear.
 * IAM API Reference, "GetAccessKeyLastUsed", "RoleLastUsed"; IAM User Guide, "Refine permissions using last accessed information".
 */
export function createLastUses(keep: (uses: NotedUses) => Promise<void>): LastUses {
  let keys = new Map<string, Use>()
  let roles = new Map<string, Use>()
  let calls = new Map<string, { readonly entityId: string; readonly account: string; readonly use: Use }>()
  let keeping = Promise.resolve()

  return {
    saw(principal, use) {
      if (principal.type === 'user' && !principal.session) keys.set(principal.accessKeyId, use)
      if (principal.type === 'root' && !principal.session) keys.set(principal.accessKeyId, use)
      if (principal.type === 'roleSession') roles.set(principal.roleId, use)
      const entityId = entityIdOf(principal)
      if (entityId === undefined || !('account' in principal)) return
      calls.set(`${entityId} ${use.service}:${use.action}`, { entityId, account: principal.account, use })
    },

    flush() {
      const noted = { keys, roles, calls }
      keys = new Map()
      roles = new Map()
      calls = new Map()
      const any = noted.keys.size + noted.roles.size + noted.calls.size > 0
      // Who asks waits for what is being written, too.
      const kept = keeping.then(() => (any ? keep(noted) : undefined))
      keeping = kept.catch(() => {})
      return kept
    },
  }
}

/** Whose use counts: users, roles, and the root user by its account's id. Federated users are not told of. */
function entityIdOf(principal: Principal): string | undefined {
  if (principal.type === 'user') return principal.userId
  if (principal.type === 'roleSession') return principal.roleId
  return principal.type === 'root' ? principal.account : undefined
}

/** Latest uses since the last time: of keys and roles by their id, and of each service and action by each entity. */
export interface NotedUses {
  readonly keys: ReadonlyMap<string, Use>
  readonly roles: ReadonlyMap<string, Use>
  readonly calls: ReadonlyMap<string, { readonly entityId: string; readonly account: string; readonly use: Use }>
}

/** Writes noted uses. */
export const keepUses =
  (store: Pick<Store, 'write'>) =>
  (uses: NotedUses): Promise<void> =>
    store.write(tx => write(tx, uses))

async function write(tx: Transaction, { keys, roles, calls }: NotedUses): Promise<void> {
  for (const [id, use] of keys) {
    await tx
      .updateTable('accessKeys')
      .set({ lastUsedAt: use.at, lastUsedService: use.service, lastUsedRegion: use.region })
      .where('id', '=', id)
      .execute()
  }
  for (const [id, use] of roles) {
    await tx.updateTable('roles').set({ lastUsedAt: use.at, lastUsedRegion: use.region }).where('id', '=', id).execute()
  }
  for (const { entityId, account, use } of calls.values()) {
    const { service, action, at: lastAt, region } = use
    await tx
      .insertInto('serviceUses')
      .values({ entityId, account, service, action, lastAt, region })
      .onConflict(conflict => conflict.columns(['entityId', 'service', 'action']).doUpdateSet({ lastAt, region }))
      .execute()
  }
}
