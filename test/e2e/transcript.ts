import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'

/** A command of a document and what it says the command prints. */
export interface TranscriptStep {
  readonly command: string
  readonly expected: readonly string[]
  /** Of the command, in the document. */
  readonly line: number
}

/** The steps in a document's `console` blocks. `$ ` begins a command, which goes on to the end of its here-document. */
export function stepsOf(document: string): TranscriptStep[] {
  const steps: TranscriptStep[] = []
  let inside = false
  let hereDocument: string | undefined
  document.split('\n').forEach((text, index) => {
    const last = steps.at(-1)
    if (!inside) inside = text === '```console'
    else if (hereDocument !== undefined && last) {
      steps[steps.length - 1] = { ...last, command: `${last.command}\n${text}` }
      if (text === hereDocument) hereDocument = undefined
    } else if (text === '```') inside = false
    else if (text.startsWith('$ ')) {
      steps.push({ command: text.slice(2), expected: [], line: index + 1 })
      hereDocument = /<<'?(\w+)'?/.exec(text)?.[1]
    } else if (last) steps[steps.length - 1] = { ...last, expected: [...last.expected, text] }
  })
  return steps
}

/** A block of commands that a document shows without what they print. */
export interface ShownBlock {
  readonly line: number
  readonly commands: string
}

const program =
  /^(\$ |source |export \w+=|eval |\w+=\$\(|([A-Z_]+=('[^']*'|[^ ']+) )+\w|(mkdir|cd|cat|pg_dump|npx |npm |node |gatehouse|aws|kubectl|docker|podman|helm|openssl|curl|install|systemctl|pulumi|eksctl|terraform|cdk|dpkg|psql|pip|go|systemd-\w+|sudo) ?)/

/** The blocks in `sh`, in no language, and indented, that begin with a program's name. */
export function shownBlocksOf(document: string): ShownBlock[] {
  const blocks: ShownBlock[] = []
  let fence: string | undefined
  let open: { line: number; lines: string[] } | undefined
  const close = () => {
    if (open && program.test(open.lines[0] ?? '')) blocks.push({ line: open.line, commands: open.lines.join('\n').trim() })
    open = undefined
  }
  document.split('\n').forEach((text, index) => {
    const mark = /^```(\w*)/.exec(text)
    if (mark) {
      close()
      fence = fence === undefined ? mark[1] : undefined
      return
    }
    const indented = fence === undefined && text.startsWith('    ')
    if (fence === '' || fence === 'sh' || fence === 'bash' || indented || (open && fence === undefined && text === '')) {
      open ??= { line: index + 1, lines: [] }
      open.lines.push(indented ? text.slice(4) : text)
    } else close()
  })
  close()
  return blocks
}

/** What differs between what was expected and printed; undefined when nothing does. `…` stands for any text, alone on a line for any lines. */
export function difference(expected: readonly string[], printed: string): string | undefined {
  const wanted = trimmed(expected)
  const pattern = wanted
    .map((line, index) =>
      line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escape).join('.*')}${index === wanted.length - 1 ? '' : '\\n'}`,
    )
    .join('')
  const actual = trimmed(printed.split('\n').map(line => line.trimEnd())).join('\n')
  return new RegExp(`^${pattern}\\n?$`).test(wanted.at(-1) === '…' ? `${actual}\n` : actual)
    ? undefined
    : `expected:\n${wanted.join('\n')}\nprinted:\n${actual}`
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function trimmed(lines: readonly string[]): string[] {
  const first = lines.findIndex(line => line.trim() !== '')
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex(line => line.trim() !== '') + 1).map(line => line.trimEnd())
}

/** A shell that keeps its variables and functions from command to command, as a person's does. */
export class Shell {
  readonly #process: ChildProcessWithoutNullStreams
  #output = ''
  #wake: () => void = () => undefined

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#process = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env: environment })
    const take = (chunk: Buffer) => {
      this.#output += chunk.toString('utf8')
      this.#wake()
    }
    this.#process.stdout.on('data', take)
    this.#process.stderr.on('data', take)
    this.#process.stdin.write('exec 2>&1\n')
  }

  /** Runs a command; what it prints, both streams as they come. @throws Error after too long */
  async run(command: string, milliseconds = 90_000): Promise<string> {
    const marker = `end-${randomUUID()}`
    this.#output = ''
    this.#process.stdin.write(`${command}\nprintf '\\n%s\\n' ${marker}\n`)
    const deadline = performance.now() + milliseconds
    while (!this.#output.includes(`${marker}\n`)) {
      if (performance.now() > deadline) throw new Error(`no end after ${milliseconds} ms: ${command}\n${this.#output}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
        setTimeout(resolve, 500)
      })
    }
    return this.#output.slice(0, this.#output.indexOf(marker))
  }

  close(): void {
    this.#process.stdin.end()
    this.#process.kill()
  }
}
