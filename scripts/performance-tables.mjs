// `node scripts/performance-tables.mjs REPORT`: writes the report's figures between the marks of docs/performance.md and docs/scale.md; what is written by hand stays.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const documentOf = section => fileURLToPath(new URL(section === 'scale' ? '../docs/scale.md' : '../docs/performance.md', import.meta.url))
const { sections } = JSON.parse(readFileSync(process.argv[2] ?? fileURLToPath(new URL('../bench/report.json', import.meta.url)), 'utf8'))

const number = figure => (typeof figure === 'number' ? figure.toLocaleString('en-US') : '')
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
const percent = (part, whole) => `${Math.round((part / whole) * 100)} %`

/** How each section of the report reads. */
const tables = {
  scale: figures => scaleTables(figures),
  server: figures =>
    table(
      ['What', 'Measured', 'Goal'],
      [
        ['First answer after the start of the process, on an existing data folder', `${figures.firstAnswerMilliseconds / 1000} s`, '1 s'],
        [
          `Signed GetCallerIdentity, beside a bare node:http handler that answers as many bytes (${number(figures.bareNodeHttpPerSecond)} a second)`,
          `${number(figures.getCallerIdentityPerSecond)} a second: ${figures.percentOfBare} %`,
          '60 %',
        ],
        ...(figures.motoPerSecond === undefined
          ? []
          : [[`The same, beside moto's server (${number(figures.motoPerSecond)} a second)`, `${figures.timesMoto} times`, '10 times']]),
        ['Memory at rest', `${figures.residentMegabytesAtRest} MB`, '150 MB'],
      ],
    ),
  cores: ({ getCallerIdentityPerSecond, processorMicrosecondsACall, timesOneCore, timesOneCoreAndOneToAsk }) => {
    const counts = Object.keys(getCallerIdentityPerSecond.oneCore)
    return [
      table(
        ['Signed GetCallerIdentity a second, and microseconds of processors a call', ...counts.map(count => `${count} connections`)],
        [
          ['oneCore', 'One core for one process and what asks it'],
          ['twoCoresOneProcess', 'Two cores for one process and what asks it'],
          ['twoCoresTwoProcesses', 'Two cores for `--workers 2` and what asks them'],
          ['oneCoreAndOneToAsk', 'One core for one process, another for what asks it'],
        ].map(([kind, words]) => [
          words,
          ...counts.map(
            count => `${number(getCallerIdentityPerSecond[kind][count])}; ${number(processorMicrosecondsACall[kind][count])} µs`,
          ),
        ]),
      ),
      `At most, two processes on two cores answer ${timesOneCore} times as many as one on one (goal: 1.7), and ${timesOneCoreAndOneToAsk} times as many as one whose load comes from a core of its own.`,
    ].join('\n\n')
  },
  iam: ({ aSecondWith10000Users: { gatehouse, bareNodeHttp, moto = {} }, millisecondsAPageByEntities, startByRoles }) => {
    const sizes = Object.keys(millisecondsAPageByEntities)
    const pages = Object.keys(millisecondsAPageByEntities[sizes[0]]).flatMap(list =>
      [
        ['first', 'first'],
        ['middle', 'from the middle'],
        ['belowPath', 'below a path'],
      ].map(([key, words]) => [`${list}, ${words}`, ...sizes.map(size => `${millisecondsAPageByEntities[size][list][key]}`)]),
    )
    return [
      table(
        ['Call, 32 connections, 10,000 users', 'A second', 'Of bare node:http', "moto's server"],
        Object.entries(gatehouse).map(([call, figure]) => [call, number(figure), percent(figure, bareNodeHttp), number(moto[call])]),
      ),
      table(['Milliseconds a page of 100', ...sizes.map(size => `${number(Number(size))} of each`)], pages),
      table(
        ['Entities of each kind', 'Start to first answer', 'Memory'],
        Object.entries(startByRoles).map(([size, { firstAnswerMilliseconds, residentMegabytes }]) => [
          number(Number(size)),
          `${firstAnswerMilliseconds / 1000} s`,
          `${residentMegabytes} MB`,
        ]),
      ),
    ].join('\n\n')
  },
  curves: ({ milliseconds, growth }) => {
    const sizes = Object.keys(Object.values(milliseconds)[0])
    return table(
      ['Call, one at a time, milliseconds', ...sizes.map(size => `${number(Number(size))} of each`), 'Growth'],
      Object.entries(milliseconds).map(([call, times]) => [call, ...sizes.map(size => String(times[size])), String(growth[call])]),
    )
  },
  nodes: ({ byNodes, rounds, propagationMilliseconds: { otherNode, sameNode } }) =>
    [
      table(
        ['Nodes on one PostgreSQL server', 'GetCallerIdentity a second', 'CreateRole a second'],
        Object.entries(byNodes).map(([nodes, figures]) => [
          nodes,
          number(figures.getCallerIdentityPerSecond),
          number(figures.createRolePerSecond),
        ]),
      ),
      table(
        [`A key made inactive, or active again, ${rounds} times: milliseconds until it is decided by`, 'p50', 'p99', 'Most'],
        [
          ['on another node (goal: p99 1,000)', otherNode],
          ['on the node that made the change, which is one call', sameNode],
        ].map(([where, { p50, p99, most }]) => [where, ...[p50, p99, most].map(String)]),
      ),
    ].join('\n\n'),
  past: ({ unitsPerSecond: { kept, baseline, ratio }, bytesPerChange, stateMilliseconds: { undoing, took, copyingRows, copyTook } }) =>
    table(
      ['Keeping the past', 'Measured', 'Without it'],
      [
        ['Units of one insertion or one update a second', `${number(kept)}: ${Math.round(ratio * 100)} %`, number(baseline)],
        ['Bytes a change', number(bytesPerChange), ''],
        [`Telling how it was before ${number(undoing)} changes`, `${number(took)} ms`, ''],
        [`The same of now, ${number(copyingRows)} rows`, `${number(copyTook)} ms`, ''],
      ],
    ),
  kubernetes: ({ assumeRoleForPodIdentityPerSecond, bareNodeHttpPerSecond, webhooks, diskAlone }) =>
    [
      `AssumeRoleForPodIdentity: ${number(assumeRoleForPodIdentityPerSecond)} a second, bare node:http ${number(bareNodeHttpPerSecond)}.`,
      table(
        ['Webhook, over TLS', 'p50 at 500 a second', 'p99 at 500 a second', 'Most a second, 32 connections'],
        [
          ...Object.entries(webhooks).map(([name, figures]) => [
            name,
            `${figures.p50At500PerSecond} ms`,
            `${figures.p99At500PerSecond} ms`,
            number(figures.perSecond),
          ]),
          ['the same disk alone: a write and its sync', `${diskAlone.p50At500PerSecond} ms`, `${diskAlone.p99At500PerSecond} ms`, ''],
        ],
      ),
    ].join('\n\n'),
  s3: figures =>
    table(
      ['Object', 'Put a second', 'Bare node:http', 'Got a second', 'Bare node:http'],
      Object.entries(figures).map(([size, { putPerSecond, barePutPerSecond, getPerSecond, bareGetPerSecond }]) => [
        size,
        ...[putPerSecond, barePutPerSecond, getPerSecond, bareGetPerSecond].map(number),
      ]),
    ),
  console: ({ rounds, milliseconds, mainScriptGzippedBytes }) =>
    [
      table(
        ['Page, in a browser with empty caches', 'Median', 'Slowest', 'Goal'],
        [
          ['bare', 'A bare answer of the same server, which needs no script', ''],
          ['signIn', 'Sign-in', '1,500 ms'],
          ['dashboard', 'Dashboard', '1,500 ms'],
          ['users', 'Users, until the first row is there', '1,500 ms'],
        ].map(([page, words, goal]) => [
          words,
          `${number(milliseconds[page].median)} ms`,
          `${number(milliseconds[page].slowest)} ms`,
          goal,
        ]),
      ),
      `Of ${rounds} rounds. The main script has ${number(Math.round(mainScriptGzippedBytes / 1000))} kB gzipped (goal: 350).`,
    ].join('\n\n'),
  analysis: ({ newAccess, account, cluster }) =>
    [
      table(
        [`New access, ${number(newAccess.pairs)} random pairs of AWS managed policies`, 'Milliseconds', 'Goal'],
        [
          ['p50', String(newAccess.milliseconds.p50), '1'],
          ['p90', String(newAccess.milliseconds.p90), ''],
          ['p99', String(newAccess.milliseconds.p99), '50'],
          [`most (${newAccess.slowest})`, String(newAccess.milliseconds.most), ''],
          ['ReadOnlyAccess within AdministratorAccess', String(newAccess.readOnlyWithinAdministratorMilliseconds), '60'],
        ],
      ),
      `Of the pairs ${Object.entries(newAccess.outcomes)
        .map(([outcome, pairs]) => `${number(pairs)} ended with *${outcome}*`)
        .join(', ')}.`,
      table(
        [
          `who-can, ${number(account.roles)} roles with 5 policies each, milliseconds`,
          'Found',
          'Cold (goal: 2,000)',
          'Warm (goal: 100)',
          'Every plan made anew',
        ],
        account.whoCanMilliseconds.map(({ action, found, cold, warm, everyPlanMadeAnew }) => [
          action,
          ...[found, cold, warm, everyPlanMadeAnew].map(number),
        ]),
      ),
      `All paths to an administrator there, ${number(account.escalations.found)}, cold: ${number(account.escalations.coldMilliseconds)} ms (goal: 10,000).`,
      table(
        [`${number(cluster.namespaces)} namespaces with ${number(cluster.bindings)} bindings`, 'Found', 'Milliseconds', 'Goal'],
        [
          ['whoCanInOneNamespace', 'who-can get secrets in one namespace', '1,000'],
          ['whoCanInEachNamespace', 'the same in each namespace', '1,000'],
          ['escalations', 'all paths to an administrator', '1,000'],
          ['everySubjectAskedOfAllBindings', 'baseline: every subject asked of all bindings, one namespace', ''],
        ].map(([key, words, goal]) => [words, number(cluster.found[key]), number(cluster.milliseconds[key]), goal]),
      ),
    ].join('\n\n'),
  audit: ({ recordsPerSecond, pageMilliseconds, growth, recording }) => {
    const sizes = Object.keys(pageMilliseconds)
    return [
      table(
        ['Records a second, each durable', 'Measured'],
        [
          ['Calls that change nothing, one at a time', number(recordsPerSecond.readsOneAtATime)],
          ['The same, 64 callers', number(recordsPerSecond.readsOf64Callers)],
          ['Changes with their record, 64 callers', number(recordsPerSecond.changesOf64Callers)],
        ],
      ),
      table(
        ['Page of LookupEvents, milliseconds', ...sizes.map(size => `${number(Number(size))} records`), 'Growth'],
        Object.keys(growth).map(name => [name, ...sizes.map(size => String(pageMilliseconds[size][name])), String(growth[name])]),
      ),
      table(
        ['GetCallerIdentity, 128 callers, a second', 'With records', 'Without', 'Recording costs'],
        [
          ['Over connections (goal: 15 %)', recording.overConnections],
          ['Through the pipeline alone', recording.pipelineAlone],
        ].map(([how, { callsPerSecondWithRecords, callsPerSecondWithout, overheadPercent }]) => [
          how,
          number(callsPerSecondWithRecords),
          number(callsPerSecondWithout),
          `${overheadPercent} %`,
        ]),
      ),
    ].join('\n\n')
  },
}

/** What is asked of an installation, a second on average, and how many times that at its busiest. */
const load = { clusters: 10_000, pods: 1_000_000, recordsADay: 1_000_000_000, historyDays: 90, replicas: 3, peak: 3 }

function scaleTables({ calls, bytesOfEntity, postgresBytesOfRecord, cassandra }) {
  const exchanges = load.pods / 3600
  const records = load.recordsADay / 86_400
  const cores = (aSecond, call) => Math.ceil((aSecond * load.peak * calls[call].processorMicroseconds) / 1e6)
  const terabytes = bytes => (bytes < 1e11 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e12).toFixed(1)} TB`)
  return [
    table(
      ['One', 'Processor', 'Disk'],
      [
        ...Object.entries(calls).map(([call, { processorMicroseconds, bytesOfRecord }]) => [
          call,
          `${number(processorMicroseconds)} µs`,
          `${number(bytesOfRecord)} bytes, its record in SQLite`,
        ]),
        ...(postgresBytesOfRecord === undefined
          ? []
          : [['record in PostgreSQL, with its indexes', '', `${number(postgresBytesOfRecord)} bytes`]]),
        ...(cassandra === undefined
          ? []
          : [['record in Cassandra, compressed, with what finds it, of one replica', '', `${number(cassandra.bytesOfRecord)} bytes`]]),
        ['user, group, role, profile or policy', '', `${number(bytesOfEntity)} bytes`],
      ],
    ),
    table(
      ['Asked', 'A second', `Cores, at ${load.peak} times that`],
      [
        [
          `${number(load.pods)} pods, each an exchange of its token an hour`,
          number(Math.round(exchanges)),
          String(cores(exchanges, 'AssumeRoleWithWebIdentity')),
        ],
        [
          `${number(load.recordsADay)} records a day, each of a call such as GetCallerIdentity`,
          number(Math.round(records)),
          String(cores(records, 'GetCallerIdentity')),
        ],
      ],
    ),
    table(
      ['Kept', 'Disk'],
      [
        ...(postgresBytesOfRecord === undefined
          ? []
          : [['an hour of records in PostgreSQL, which is their outbox', terabytes((load.recordsADay / 24) * postgresBytesOfRecord)]]),
        ...(cassandra === undefined
          ? []
          : [
              [
                `${load.historyDays} days of records in Cassandra, ${load.replicas} replicas`,
                terabytes(load.recordsADay * load.historyDays * load.replicas * cassandra.bytesOfRecord),
              ],
            ]),
        ['roles, policies and access entries of a million workloads, five of each', terabytes(load.pods * 5 * bytesOfEntity)],
      ],
    ),
    ...(cassandra === undefined
      ? []
      : [
          `One node of Gatehouse brought ${number(cassandra.recordsPerSecond)} records a second to one node of Cassandra on the same two cores: ${number(Math.ceil((records * load.peak) / cassandra.recordsPerSecond))} such pairs for the busiest time.`,
        ]),
  ].join('\n\n')
}

const taken = ({ takenAt, machine: { processor, cores, memoryGibibytes, system, node } }) =>
  `Taken ${takenAt.slice(0, 10)} on ${cores} cores of ${processor}, ${memoryGibibytes} GiB, ${system}, Node ${node}.`

for (const [name, write] of Object.entries(tables)) {
  const section = sections[name]
  if (!section) continue
  const document = documentOf(name)
  const text = readFileSync(document, 'utf8')
  const marks = new RegExp(`(<!-- figures: ${name} -->\\n)[^]*?(<!-- end -->)`)
  if (!marks.test(text)) throw new Error(`${document} has no place for ${name}`)
  writeFileSync(
    document,
    text.replace(marks, (_, begin, end) => `${begin}\n${write(section.figures)}\n\n${taken(section)}\n\n${end}`),
  )
}
