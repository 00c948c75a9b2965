import { Command } from 'commander'
import type { Reason } from '../analysis/graph/links.ts'
import { goalsNamed, nodeNamed } from '../analysis/graph/named.ts'
import { pathBetween, type Step } from '../analysis/graph/paths.ts'
import { openGraph, type SnapshotOptions, withSnapshotOptions } from './snapshot-source.ts'
import { becauseLines } from './who-can.ts'

/** A path that is there ends with this, so that scripts tell it from a mistake in the question, which ends with 1. */
const exitCodeOfPath = 3

/** `gatehouse path`: the shortest way in which one principal becomes another. */
export function pathCommand(): Command {
  const command = new Command('path')
    .description('say how one principal can become another: gatehouse path alice admin')
    .argument('<from>', 'a user or role, or CLUSTER:serviceaccount:NAMESPACE/NAME and the like')
    .argument('<to>', 'the same, or admin: the administrator of any account or cluster')
    .addHelpText('after', `\nEnds with ${exitCodeOfPath} when there is a path, with 0 when there is none.`)
  return withSnapshotOptions(command).action(async (from: string, to: string, options: SnapshotOptions) => {
    const graph = await openGraph(options)
    const goals = goalsNamed(graph, to)
    const steps = pathBetween(graph, nodeNamed(graph, from), node => goals.has(node))
    if (options.json)
      console.log(JSON.stringify({ path: steps ?? null, dependsOn: graph.estate.gaps.map(({ what }) => what) }, undefined, 2))
    else console.log(steps === undefined ? 'there is no path' : stepLines(steps).join('\n'))
    if (!options.json) for (const { what } of graph.estate.gaps) console.error(`gatehouse: the answer depends on what is missing: ${what}`)
    if (steps !== undefined) process.exitCode = exitCodeOfPath
  })
}

/** Steps as people read them. */
export function stepLines(steps: readonly Step[]): string[] {
  const [first] = steps
  return [
    ...(first ? [first.from] : []),
    ...steps.flatMap(({ to, how, title, because, assuming }) => [
      `  ${title} [${how}]`,
      ...because.flatMap(reasonLines).map(line => `    ${line}`),
      ...(assuming === undefined ? [] : [`    if ${assuming}`]),
      to,
    ]),
  ]
}

const reasonLines = (reason: Reason): string[] =>
  'fact' in reason ? [reason.fact] : [`${reason.action} on ${reason.resource}`, ...becauseLines(reason).map(line => `  ${line}`)]
