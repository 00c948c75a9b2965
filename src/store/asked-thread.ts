import { Worker } from 'node:worker_threads'

/** A thread's code, by its file's name without its ending: beside the bundle, or beside this file when it runs from its source. */
export const threadFile = (name: string): URL => new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

/** Why a thread ended. */
export interface ThreadEnd {
  readonly code: string
  readonly message: string
}

/** A thread that writes: it answers in the order in which it is asked, and ends when it is told `close`. */
export class AskedThread<Question, Answer> {
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #asked: ((answer: Answer) => void)[] = []

  /**
   * @param name        of its file
   * @param unanswered  the answer of a thread that ended before it gave one
   * @param gone        told when the thread has ended, whyever
   */
  constructor(name: string, task: object, unanswered: (end: ThreadEnd) => Answer, gone: () => void) {
    this.#worker = new Worker(threadFile(name), { workerData: task })
    let end: ThreadEnd = { code: '', message: 'the thread that writes ended' }
    this.#worker.on('message', (answer: Answer) => this.#asked.shift()?.(answer))
    this.#worker.on('error', (problem: Error & { readonly code?: string }) => {
      end = { code: problem.code ?? '', message: problem.message }
    })
    this.#ended = new Promise<void>(resolve => {
      this.#worker.once('exit', () => {
        gone()
        for (const answer of this.#asked.splice(0)) answer(unanswered(end))
        resolve()
      })
    })
  }

  ask(question: Question): Promise<Answer> {
    return new Promise(resolve => {
      this.#asked.push(resolve)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
      this.#worker.postMessage(question)
    })
  }

  close(): Promise<void> {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    this.#worker.postMessage('close')
    return this.#ended
  }
}
