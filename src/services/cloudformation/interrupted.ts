import type { Secrets, Store } from '../../store/index.ts'
import type { Random } from '../../types/random.ts'
import { enterStatus, stackOf, writeEvent } from './stack-store.ts'

/** Where a stack ends whose operation was interrupted: whence its owner can delete it, or go on with the rollback. */
const ends: { readonly [status: string]: string } = {
  CREATE_IN_PROGRESS: 'CREATE_FAILED',
  ROLLBACK_IN_PROGRESS: 'ROLLBACK_FAILED',
  DELETE_IN_PROGRESS: 'DELETE_FAILED',
  UPDATE_IN_PROGRESS: 'UPDATE_ROLLBACK_FAILED',
  UPDATE_ROLLBACK_IN_PROGRESS: 'UPDATE_ROLLBACK_FAILED',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'UPDATE_COMPLETE',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'UPDATE_ROLLBACK_COMPLETE',
}

const interrupted = 'Gatehouse was stopped during the operation.'

/** Ends the operations on stacks that went on when Gatehouse stopped: their callers' rights went with them. */
export async function endInterruptedStacks(store: Store, secrets: Secrets, random: Random, at: number): Promise<void> {
  await store.write(async tx => {
    const rows = await tx.selectFrom('stacks').selectAll().where('status', 'in', Object.keys(ends)).execute()
    for (const row of rows) {
      const resources = await tx
        .selectFrom('stackResources')
        .selectAll()
        .where('stackId', '=', row.id)
        .where('status', 'like', '%_IN_PROGRESS')
        .execute()
      for (const { logicalId, physicalId, type, status } of resources) {
        const failed = status.replace('_IN_PROGRESS', '_FAILED')
        const reason = physicalId === null ? `${interrupted} Whether the resource was made is not known.` : interrupted
        await tx
          .updateTable('stackResources')
          .set({ status: failed, statusReason: reason, updatedAt: at })
          .where('stackId', '=', row.id)
          .where('logicalId', '=', logicalId)
          .execute()
        await writeEvent(tx, row, { logicalId, physicalId: physicalId ?? '', type, status: failed, reason }, random, at)
      }
      await enterStatus(tx, stackOf(row, secrets), ends[row.status] as string, interrupted, { secrets, random, at })
    }
  })
}
