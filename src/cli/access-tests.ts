import { Command } from 'commander'
import { writeFileSync } from 'node:fs'
import { type Failure, judge, type Judged } from '../analysis/access-tests/judge.ts'
import { junitOf } from '../analysis/access-tests/junit.ts'
import { parseAccessTests } from '../analysis/access-tests/parse.ts'
import { Estate } from '../analysis/graph/estate.ts'
import { Graph } from '../analysis/graph/graph.ts'
import type { Snapshot } from '../analysis/graph/snapshot.ts'
import { readNamedFile } from './named-file.ts'
import { stepLines } from './path.ts'
import { readSnapshot, type SnapshotOptions, withSnapshotOptions } from './snapshot-source.ts'
import { becauseLines } from './who-can.ts'

interface TestOptions extends SnapshotOptions {
  readonly with: readonly string[]
  readonly parameter: readonly string[]
  readonly junit?: string
}

/** A test that fails ends with this, so that scripts tell it from a mistake in the file, which ends with 1. */
const exitCodeOfFailures = 3

/** `gatehouse test`: access assertions of a file. */
export function testCommand(): Command {
  const command = new Command('test')
    .description('test who may do what: gatehouse test access.yaml (docs/access-tests.md has the form)')
    .argument('<file>', 'access tests in YAML')
    .option(
      '--with <change>',
      'a planned change: a Terraform plan (terraform show -json) or a CloudFormation template, alone or as ACCOUNT=FILE; or SUBJECT=FILE, where the file takes the place of the managed policy, trust policy or resource policy ARN, of the inline policy ARN#NAME, or of the objects of a CLUSTER; repeatable',
      gathered,
      [],
    )
    .option('--parameter <name=value>', 'the value of a parameter of such templates; repeatable', gathered, [])
    .option('--junit <file>', 'write a JUnit report too')
    .addHelpText('after', `\nEnds with 0 when all hold, with ${exitCodeOfFailures} when one does not, with 1 for a mistake in a file.`)
  return withSnapshotOptions(command).action(async (file: string, options: TestOptions) => {
    const tests = parseAccessTests(readNamedFile(file), file)
    const before = await readSnapshot(options)
    const snapshot = await planned(before, options)
    const graph = new Graph(new Estate(snapshot))
    const judged = tests.map(test => judge(graph, test))
    if (options.junit !== undefined) writeFileSync(options.junit, junitReport(judged, file))
    console.log(options.json ? JSON.stringify(judged.map(plain), undefined, 2) : readable(judged, file))
    if (judged.some(({ failures }) => failures.length > 0)) process.exitCode = exitCodeOfFailures
  })
}

const gathered = (value: string, before: string[]): string[] => [...before, value]

async function planned(before: Snapshot, { with: changes, parameter }: TestOptions): Promise<Snapshot> {
  if (changes.length === 0) return before
  const parameters = Object.fromEntries(
    parameter.map(text => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined) throw new Error(`--parameter ${text}: give NAME=VALUE`)
      return [name, value] as const
    }),
  )
  // Templates need the services' rules, which take a moment to load.
  const { withPlannedFile } = await import('./planned-files.ts')
  return changes.reduce((snapshot, change) => withPlannedFile(snapshot, change, parameters), before)
}

const plain = ({ test: { name, line }, failures }: Judged) => ({ name, line, passed: failures.length === 0, failures })

const failureLines = ({ problem, because, reason, path }: Failure): string[] => [
  problem,
  ...(because === undefined ? [] : decisionLines(because)).map(line => `  ${line}`),
  ...(reason === undefined ? [] : [`  ${reason}`]),
  ...(path === undefined ? [] : stepLines(path)).map(line => `  ${line}`),
]

/** A denial that no statement makes is told by the type of policy that does not allow. */
const decisionLines = (because: NonNullable<Failure['because']>): string[] =>
  because.outcome === 'denied' && because.statements.length === 0 ? [`no ${because.decidedBy} policy allows it`] : becauseLines(because)

function junitReport(judged: readonly Judged[], file: string): string {
  return junitOf(
    judged.map(({ test: { name, line }, failures }) => {
      const [first] = failures
      const text = failures.flatMap(failureLines).join('\n')
      return { name, file, line, ...(first && { failure: { message: first.problem, text } }) }
    }),
  )
}

function readable(judged: readonly Judged[], file: string): string {
  const failed = judged.filter(({ failures }) => failures.length > 0)
  const lines = judged.flatMap(({ test: { name, line }, failures }) => [
    failures.length === 0 ? `ok      ${name}` : `FAILED  ${name} (${file}:${line})`,
    ...failures.flatMap(failureLines).map(text => `        ${text}`),
  ])
  return [...lines, '', `${judged.length - failed.length} of ${judged.length} hold`].join('\n')
}
