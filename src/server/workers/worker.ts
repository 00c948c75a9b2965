import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Change } from '../../store/index.ts'
import type { FromWorker, ToWorker, WorkerTask } from './messages.ts'

/** The process's code: beside the bundle, or beside this file when it runs from its source. */
const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker-process.ts' : './worker-process.js', import.meta.url))

/** How long a worker may take to forget what changed. One that takes longer is ended: its answers could be of rights that are gone. */
const patienceMilliseconds = 5_000
const stopMilliseconds = 10_000

/** Its core is all that a worker has: more threads that collect garbage would only take turns with those of its siblings. */
const ofOneCore = ['--v8-pool-size=1']

export interface WorkerOptions {
  readonly task: WorkerTask
  /** Told what a worker says that is not about itself. */
  readonly said: (message: FromWorker) => void
  /** Told when it is no more, whyever. */
  readonly ended: () => void
}

/** One more process of this Gatehouse, seen from the first. */
export class Worker {
  readonly #child: ChildProcess
  readonly #said: WorkerOptions['said']
  /** Resolves when it takes connections; or is no more. */
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly #unheard = new Map<number, () => void>()
  #messages = 0
  #serves = false

  constructor({ task, said, ended }: WorkerOptions) {
    this.#said = said
    this.#child = fork(program, { serialization: 'advanced', execArgv: [...process.execArgv, ...ofOneCore] })
    this.ended = new Promise(resolve =>
      this.#child.once('exit', () => {
        this.#over()
        resolve()
        ended()
      }),
    )
    const serving = new Promise<void>(resolve => this.#child.on('message', message => this.#take(message as FromWorker, resolve)))
    this.ready = Promise.race([serving, this.ended])
    // A channel that breaks is a worker that nobody can tell anything: it ends itself, and is ended.
    this.#child.once('disconnect', () => this.kill())
    this.#child.once('error', () => this.kill())
    this.#send({ kind: 'begin', task })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it takes connections. */
  get serves(): boolean {
    return this.#serves
  }

  /** Gives it a connection. */
  serve(connection: Socket, secure: boolean): void {
    const [id, heard] = this.#expect()
    connection.on('error', () => connection.destroy())
    // Open here until the worker has it: with a worker that ends before, nobody else would end it.
    this.#child.send({ kind: 'connection', id, secure } satisfies ToWorker, connection, { keepOpen: true }, () => {})
    void Promise.race([heard, this.ended]).then(() => connection.destroy())
  }

  /** Resolves when it answers by nothing that it held before these changes: it has forgotten, or is no more. */
  async tell(changes: readonly Change[]): Promise<void> {
    // One that does not serve yet holds nothing.
    if (!this.#serves) return
    const [id, heard] = this.#expect()
    this.#send({ kind: 'changes', id, changes })
    await this.#soon(Promise.race([heard, this.ended]))
  }

  replaceCertificate(certificate: WorkerTask['certificate']): void {
    this.#send({ kind: 'certificate', certificate })
  }

  replaceDataKeys(dataKeys: WorkerTask['dataKeys']): void {
    this.#send({ kind: 'dataKeys', dataKeys })
  }

  /** Lets it finish what it has begun. */
  async stop(): Promise<void> {
    this.#serves = false
    this.#send({ kind: 'stop' })
    const impatience = setTimeout(() => this.kill(), stopMilliseconds)
    await this.ended
    clearTimeout(impatience)
  }

  kill(): void {
    this.#serves = false
    this.#child.kill('SIGKILL')
  }

  /** A number for a message, and when the worker has heard it. */
  #expect(): readonly [number, Promise<void>] {
    const id = this.#messages++
    return [id, new Promise(resolve => this.#unheard.set(id, resolve))]
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, problem => problem && this.kill())
  }

  async #soon(done: Promise<void>): Promise<void> {
    const impatience = setTimeout(() => this.kill(), patienceMilliseconds)
    await done
    clearTimeout(impatience)
  }

  #take(message: FromWorker, serving: () => void): void {
    switch (message.kind) {
      case 'serves':
        this.#serves = true
        serving()
        return
      case 'heard':
        this.#unheard.get(message.id)?.()
        this.#unheard.delete(message.id)
        return
      default:
        this.#said(message)
    }
  }

  #over(): void {
    this.#serves = false
  }
}
