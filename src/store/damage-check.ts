import { Worker } from 'node:worker_threads'

/** The thread's code: beside the bundle, or beside this file when it runs from its source. */
const threadFile = new URL(import.meta.url.endsWith('.ts') ? './check-thread.ts' : './check-thread.js', import.meta.url)

/**
 * Looks for damage in all of a file that is in use, in a thread of its own.
 * @param found  told of the first damage
 * @returns      a function that gives it up
 */
export function checkWhileInUse(file: string, found: (damage: string) => void): () => Promise<void> {
  const worker = new Worker(threadFile, { workerData: { file } })
  worker.once('message', (damage: string | undefined) => damage !== undefined && found(damage))
  // A page that cannot be read at all is damage too.
  worker.once('error', problem => found(problem.message))
  worker.unref()
  return async () => {
    worker.removeAllListeners()
    await worker.terminate()
  }
}
