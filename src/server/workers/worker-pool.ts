import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change, Companions } from '../../store/index.ts'
import type { RequestHandler, ServerOptions } from '../listeners/exchange.ts'
import { requestListener } from '../listeners/request-listener.ts'
import type { Log } from '../log.ts'
import type { FromWorker, WorkerTask } from './messages.ts'
import { takeOrigin } from './first-process.ts'
import { Worker } from './worker.ts'

export interface WorkerPoolOptions {
  /** How many, beside this process. */
  readonly count: number
  readonly log: Log
}

export interface WorkerBeginning extends Omit<WorkerTask, 'firstProcess'> {
  /** Answers what workers hand back. */
  readonly handler: RequestHandler
  readonly server: Omit<ServerOptions, 'certificate' | 'takeOrigin'>
  /** Told what workers have to say. */
  readonly said: (message: FromWorker) => void
}

/** After a worker that ended sooner than this after its start, the next one is started after a rest. */
const shortLifeMilliseconds = 5_000
const restMilliseconds = 1_000
/** One that hangs while it writes keeps all others from writing: with a worker's patience this is less than a writer's. */
const heartbeatMilliseconds = 2_000

/**
 * More processes of this Gatehouse. This one has the ports, makes all changes, and keeps what there is once: clusters, deliveries, the console. Connections
 * go to all in turn; a worker answers calls of IAM and STS that change nothing, and hands all else back. docs/decisions/workers.md says why it is so.
 */
export class WorkerPool implements Companions {
  readonly #options: WorkerPoolOptions
  #workers: Worker[] = []
  #next = 0
  #task: WorkerTask | undefined
  #said: WorkerBeginning['said'] = () => {}
  #server: Server | undefined
  #folder: string | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Starts them; resolves when all serve. */
  async start({ handler, server, said, ...task }: WorkerBeginning): Promise<void> {
    // A folder of its owner's alone: whoever reaches the socket is believed about where requests come from.
    this.#folder = mkdtempSync(join(tmpdir(), 'gatehouse-workers-'))
    const firstProcess = join(this.#folder, 'first')
    this.#server = createServer(
      { maxHeaderSize: 128 * 1024, keepAliveTimeout: 0, requestTimeout: 0 },
      requestListener(handler, { ...server, takeOrigin }),
    )
    await new Promise<void>(resolve => this.#server?.listen(firstProcess, resolve))
    this.#task = { ...task, firstProcess }
    this.#said = said
    for (let number = 0; number < this.#options.count; number++) this.#fork()
    await Promise.all(this.#workers.map(({ ready }) => ready))
    // One that hangs is found out although nothing changes: its share of the connections would wait for ever.
    this.#heartbeat = setInterval(() => void this.tell([]), heartbeatMilliseconds).unref()
  }

  async tell(changes: readonly Change[]): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.tell(changes)))
  }

  /** Gives a connection to the one whose turn it is. @returns false when that is this process */
  handOn(connection: Socket, secure: boolean): boolean {
    const serving = this.#workers.filter(({ serves }) => serves)
    const turn = this.#next++ % (serving.length + 1)
    const worker = serving[turn - 1]
    worker?.serve(connection, secure)
    return worker !== undefined
  }

  replaceCertificate(certificate: WorkerTask['certificate']): void {
    if (this.#task) this.#task = { ...this.#task, certificate }
    for (const worker of this.#workers) worker.replaceCertificate(certificate)
  }

  /** Before a key seals they have it, as messages are heard in their order. */
  replaceDataKeys(dataKeys: WorkerTask['dataKeys']): void {
    if (this.#task) this.#task = { ...this.#task, dataKeys }
    for (const worker of this.#workers) worker.replaceDataKeys(dataKeys)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#heartbeat)
    await Promise.all(this.#workers.map(worker => worker.stop()))
    this.#server?.close()
    this.#server?.closeAllConnections()
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }

  #fork(): void {
    const startedAt = performance.now()
    const worker = new Worker({
      task: this.#task as WorkerTask,
      said: this.#said,
      ended: () => {
        this.#workers = this.#workers.filter(other => other !== worker)
        if (this.#stopping) return
        const lived = performance.now() - startedAt
        this.#options.log.error({ worker: worker.pid }, 'a worker ended; another takes its place')
        setTimeout(() => !this.#stopping && this.#fork(), lived < shortLifeMilliseconds ? restMilliseconds : 0).unref()
      },
    })
    this.#workers.push(worker)
  }
}
