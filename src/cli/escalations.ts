import { Command } from 'commander'
import { awsEscalations } from '../analysis/graph/escalations/aws-escalations.ts'
import { clusterEscalations } from '../analysis/graph/escalations/kubernetes-escalations.ts'
import { Escalations } from '../analysis/graph/paths.ts'
import { openGraph, type SnapshotOptions, tellGaps, withSnapshotOptions } from './snapshot-source.ts'
import { stepLines } from './path.ts'
import { exitCodeOfFindings } from './exit-codes.ts'

interface EscalationsOptions extends SnapshotOptions {
  readonly rules?: boolean
  readonly all?: boolean
}

/** `gatehouse escalations`: everyone who is no administrator and can become one. */
export function escalationsCommand(): Command {
  const command = new Command('escalations')
    .description('say who can become an administrator without being one, and how')
    .option('--all', 'every way of each, whether it ends at an administrator or not')
    .option('--rules', 'the rules, and which of them the tests perform')
    .addHelpText('after', `\nEnds with ${exitCodeOfFindings} when somebody can, with 0 when nobody can.`)
  return withSnapshotOptions(command).action(async (options: EscalationsOptions) => {
    if (options.rules) {
      console.log(options.json ? JSON.stringify([...awsEscalations, ...clusterEscalations], undefined, 2) : rules())
      return
    }
    const graph = await openGraph(options)
    const found = new Escalations(graph)
    const { administrators, escalations } = found
    const gaps = graph.estate.gaps.map(({ what }) => what)
    const ways = options.all
      ? graph.sources.flatMap(from => found.linksOf(from).map(({ how, title, to }) => ({ from, how, title, to: to.ids })))
      : []
    if (options.json) {
      const told = escalations.map(({ from, to, steps }) => ({ from, to, path: steps() }))
      console.log(JSON.stringify({ administrators, escalations: told, ...(options.all && { ways }), dependsOn: gaps }, undefined, 2))
    } else {
      for (const administrator of administrators) console.log(`administrator: ${administrator}`)
      for (const { from, to, steps } of escalations)
        console.log(['', `${from} can become ${to}:`, ...stepLines(steps()).map(line => `  ${line}`)].join('\n'))
      for (const { from, how, title, to } of ways)
        console.log(`${from} ${title} [${how}]: ${to.length === 1 ? to[0] : `${to.length} of them`}`)
      if (escalations.length === 0) console.log('nobody else can become an administrator')
      tellGaps(gaps)
    }
    if (escalations.length > 0) process.exitCode = exitCodeOfFindings
  })
}

const rules = (): string =>
  [...awsEscalations, ...clusterEscalations]
    .map(({ id, title, performed }) => `${id.padEnd(46)} ${performed ? 'performed' : 'replayed '}  ${title}`)
    .join('\n')
