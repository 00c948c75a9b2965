import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What wrk sends, and what it is to print of it: a count of answers, of those that are no success, and the microseconds that it took. */
function scriptFor(request: Buffer): string {
  const text = request.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()]
    // wrk makes a Host of its own beside any that is written otherwise, and tells the length itself.
    return /^content-length$/i.test(name) ? '' : `wrk.headers[${lua(/^host$/i.test(name) ? 'Host' : name)}] = ${lua(value)}`
  })
  return `wrk.method = ${lua(first.split(' ')[0] ?? '')}
wrk.path = ${lua(first.split(' ')[1] ?? '')}
wrk.body = ${lua(text.slice(end + 4))}
${headers.join('\n')}
done = function(summary)
  local errors = summary.errors
  io.write(string.format('figures %d %d %d\\n', summary.requests, errors.status + errors.connect + errors.read + errors.timeout, summary.duration))
end
`
}

/** A text as Lua has it: JSON's escapes of plain ASCII are Lua's. */
const lua = (text: string): string => JSON.stringify(text)

/**
 * Sends one request over and over on several kept-alive connections, one at a time on each, by wrk, which takes a third of the processor time of load.ts: on
 * a machine of two cores what asks must not take from what is measured. Debian's package is `wrk`.
 * @param request  the bytes of a whole HTTP/1.1 request
 * @param within   words before wrk's own, such as those that keep it to a core
 * @returns        answers a second
 * @throws         Error for any answer but a success, and where wrk is not installed
 */
export async function repeatedPerSecond(
  port: number,
  request: Buffer,
  connections: number,
  seconds: number,
  within: readonly string[] = [],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-wrk-'))
  const script = join(folder, 'request.lua')
  writeFileSync(script, scriptFor(request))
  const [program, ...words] = [
    ...within,
    'wrk',
    '-t',
    '1',
    '-c',
    String(connections),
    '-d',
    `${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}/`,
  ]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', problem => reject(new Error(`wrk cannot be run (${problem.message}): install it, as bench/README.md says`)))
    child.once('close', () => resolve())
  })
  rmSync(folder, { recursive: true, force: true })
  const [, answers = 0, failures = 0, microseconds = 0] = (/^figures (\d+) (\d+) (\d+)$/m.exec(output) ?? []).map(Number)
  if (answers === 0 || failures > 0)
    throw new Error(`${failures} of ${answers} requests were not answered: a figure must not come from refusals`)
  return answers / (microseconds / 1_000_000)
}
