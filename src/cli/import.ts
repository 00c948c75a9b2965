import { Command } from 'commander'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SnapshotBuilder } from '../analysis/graph/import/builder.ts'
import { makeSnapshot } from '../analysis/graph/import/make-snapshot.ts'
import { readText } from '../analysis/graph/import/read-documents.ts'
import type { Snapshot } from '../analysis/graph/snapshot.ts'
import { ofNamedFile, readNamedFile } from './named-file.ts'
import { Progress } from './progress.ts'
import { printResult } from './result.ts'

interface ImportOptions {
  readonly out: string
  readonly json?: boolean
}

/** Exports larger than this are not read: an account of 10,000 roles has some 100 MB. */
const mostBytes = 1024 * 1024 * 1024

/** `gatehouse import`: exports of AWS and Kubernetes become a world of their own, which questions are asked of. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'make a read-only world of exports: gatehouse import --out world.json details.json demo=rbac.json arn:aws:s3:::b=policy.json',
    )
    .argument(
      '<export...>',
      'files or folders of JSON, as the AWS CLI and kubectl print it; with NAME= before, of that cluster or that resource',
    )
    .requiredOption('--out <file>', 'where to write the world')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nWhat is missing is told, and written into the world: answers that depend on it say so. Nothing is sent anywhere.',
    )
    .action((names: string[], { out, ...options }: ImportOptions) => {
      const builder = new SnapshotBuilder()
      // Clusters first: what comes without a name is then of the only one.
      const inputs = names.flatMap(inputsOf).sort((a, b) => Number(isObjects(a.text)) - Number(isObjects(b.text)))
      const progress = new Progress('reading exports')
      inputs.forEach(({ text, source, subject }, index) => {
        progress.at(`${index + 1} of ${inputs.length}`)
        readText(text, builder, { source, subject })
      })
      progress.end()
      const snapshot: Snapshot = { ...makeSnapshot(builder), chosenResourcePolicies: true }
      writeFileSync(out, JSON.stringify(snapshot), { mode: 0o600 })
      printResult(options, { out, ...countsOf(snapshot) }, `${out}: ${summaryOf(snapshot)}`)
      for (const { what } of snapshot.gaps) console.error(`gatehouse: missing: ${what}`)
    })
}

interface Input {
  readonly source: string
  readonly subject: string | undefined
  readonly text: string
}

function inputsOf(name: string): Input[] {
  const [, subject, file = name] = /^((?:arn:[^=]+|[A-Za-z0-9][A-Za-z0-9_-]{0,99}))=(.+)$/.exec(name) ?? []
  const stats = ofNamedFile(file, () => statSync(file))
  if (!stats.isDirectory()) return [inputOf(file, subject, stats.size)]
  return readdirSync(file, { withFileTypes: true })
    .filter(entry => entry.isFile() && /\.jsonl?$/.test(entry.name))
    .map(entry => join(file, entry.name))
    .sort()
    .map(path => inputOf(path, subject, statSync(path).size))
}

function inputOf(source: string, subject: string | undefined, bytes: number): Input {
  if (bytes > mostBytes) throw new Error(`${source} has ${bytes} bytes: more than ${mostBytes} are not read`)
  return { source, subject, text: readNamedFile(source) }
}

/** Lists that do not name their cluster. */
const isObjects = (text: string): boolean =>
  /"apiVersion"|"accessEntries"|"associations"/.test(text.slice(0, 4_000)) && !/"cluster"\s*:/.test(text.slice(0, 200))

/** How many of each kind the world has, and what it lacks. */
const countsOf = ({ users, groups, roles, managedPolicies, clusters, resourcePolicies, gaps }: Snapshot) => ({
  users: users.length,
  groups: groups.length,
  roles: roles.length,
  managedPolicies: managedPolicies.length,
  resourcePolicies: resourcePolicies.length,
  clusters: clusters.length,
  missing: gaps.map(({ what }) => what),
})

function summaryOf({ users, groups, roles, managedPolicies, clusters, resourcePolicies, gaps }: Snapshot): string {
  const counted = [
    [users.length, 'user', 'users'],
    [groups.length, 'group', 'groups'],
    [roles.length, 'role', 'roles'],
    [managedPolicies.length, 'managed policy', 'managed policies'],
    [resourcePolicies.length, 'resource policy', 'resource policies'],
    [clusters.length, 'cluster', 'clusters'],
    [gaps.length, 'thing missing', 'things missing'],
  ] as const
  return counted.map(([count, one, several]) => `${count} ${count === 1 ? one : several}`).join(', ')
}
