import { Worker } from 'node:worker_threads'
import { threadFile } from './asked-thread.ts'

/**
 * Looks for damage in all of a file that is in use, in a thread of its own.
 * @param found  told of the first damage
 * @returns      a function that gives it up
 */
export function checkWhileInUse(file: string, found: (damage: string) => void): () => Promise<void> {
  const worker = new Worker(threadFile('check-thread'), { workerData: { file } })
  worker.once('message', (damage: string | undefined) => damage !== undefined && found(damage))
  // A page that cannot be read at all is damage too.
  worker.once('error', problem => found(problem.message))
  worker.unref()
  return async () => {
    worker.removeAllListeners()
    await worker.terminate()
  }
}
