import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

const clients = process.env['GATEHOUSE_TEST_GO_CLIENTS']

/** What came of a call: its output, or its error's code and message. */
export interface Answer {
  readonly output?: unknown
  readonly code?: string
  readonly message?: string
}

/** The SDK for Go 2, which Terraform's provider and eksctl are built on: makes calls one after the other. */
export class GoCalls {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  constructor(environment: NodeJS.ProcessEnv) {
    if (!clients) throw new Error('GATEHOUSE_TEST_GO_CLIENTS is not set: run the tests with npm test')
    this.#process = spawn(join(clients, 'calls'), [], { env: environment })
    this.#process.stderr.pipe(process.stderr)
    this.#reader = createInterface(this.#process.stdout)
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  /**
   * @param service    as its Go package is named
   * @param operation  a method of its client
   */
  async call(service: string, operation: string, input: object = {}): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify({ service, operation, input })}\n`)
    const line = await this.#lines.next()
    if (line.done) throw new Error('the program over the SDK for Go has ended')
    return JSON.parse(line.value) as Answer
  }

  close(): void {
    this.#reader.close()
    this.#process.stdin.end()
  }
}
