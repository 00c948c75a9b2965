// node bench/server/cores.ts: signed GetCallerIdentity of one process on a machine of one core, and of two on one of two. Linux alone can tell cores apart.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { best, rounded } from '../figures.ts'
import { clientOf, portOf, queryRequest, startGatehouse, stopGatehouse } from './gatehouse.ts'
import { repeatedPerSecond } from './wrk.ts'

/** What keeps one process busiest, and what keeps two. */
const connections = [128, 256] as const
const seconds = 5
const rounds = 3

const onCores = (cores: string): readonly string[] => ['taskset', '-c', cores]

/** What asks has its part of the same cores as what answers: a machine of one core has no second one for it. But for the last, which is given one. */
const kinds = {
  oneCore: { within: onCores('0'), asking: onCores('0'), options: [] },
  twoCoresOneProcess: { within: onCores('0,1'), asking: onCores('0,1'), options: [] },
  twoCoresTwoProcesses: { within: onCores('0,1'), asking: onCores('0,1'), options: ['--workers', '2'] },
  oneCoreAndOneToAsk: { within: onCores('0'), asking: onCores('1'), options: [] },
} as const

/** Microseconds of processors that a process and those that it started have used. */
function processorMicroseconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) * 10_000 + children.reduce((sum, child) => sum + processorMicroseconds(child), 0)
}

interface Figures {
  readonly perSecond: number
  /** Of all cores, by Gatehouse alone. */
  readonly processorMicrosecondsACall: number
}

interface Kind {
  readonly within: readonly string[]
  /** The same for the load generator. */
  readonly asking: readonly string[]
  readonly options: readonly string[]
}

async function measure({ within, asking, options }: Kind, connections: number): Promise<Figures> {
  const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const running = startGatehouse(data, options, within)
  await running.ready
  const client = clientOf(data)
  const request = queryRequest(client, 'sts', 'GetCallerIdentity')
  const pid = running.child.pid as number
  await repeatedPerSecond(portOf(client), request, connections, 1, asking)
  const before = processorMicroseconds(pid)
  const perSecond = await repeatedPerSecond(portOf(client), request, connections, seconds, asking)
  const used = processorMicroseconds(pid) - before
  await stopGatehouse(running)
  rmSync(data, { recursive: true, force: true })
  return { perSecond, processorMicrosecondsACall: used / (perSecond * seconds) }
}

const names = Object.keys(kinds) as (keyof typeof kinds)[]
const measured = new Map<string, Figures[]>()
const figuresOf = (kind: keyof typeof kinds, count: number) => measured.get(`${kind} ${count}`) ?? []
// In turns, as machines are shared.
for (let round = 0; round < rounds; round++)
  for (const kind of names)
    for (const count of connections) measured.set(`${kind} ${count}`, [...figuresOf(kind, count), await measure(kinds[kind], count)])
const perSecond = (kind: keyof typeof kinds, count: number) => best(figuresOf(kind, count).map(figures => figures.perSecond))
const microseconds = (kind: keyof typeof kinds, count: number) =>
  Math.min(...figuresOf(kind, count).map(figures => figures.processorMicrosecondsACall))
const most = (kind: keyof typeof kinds) => best(connections.map(count => perSecond(kind, count)))
const byCount = (figure: (kind: keyof typeof kinds, count: number) => number) =>
  Object.fromEntries(names.map(kind => [kind, Object.fromEntries(connections.map(count => [count, rounded(figure(kind, count))]))]))
console.log(
  JSON.stringify(
    {
      getCallerIdentityPerSecond: byCount(perSecond),
      processorMicrosecondsACall: byCount(microseconds),
      timesOneCore: rounded(most('twoCoresTwoProcesses') / most('oneCore'), 2),
      timesOneCoreAndOneToAsk: rounded(most('twoCoresTwoProcesses') / most('oneCoreAndOneToAsk'), 2),
    },
    undefined,
    2,
  ),
)
