import { Command } from 'commander'
import { type Granted, type WhatCan, whatCan } from '../analysis/graph/what-can.ts'
import { nodeNamed } from '../analysis/graph/named.ts'
import { openGraph, type SnapshotOptions, tellGaps, withSnapshotOptions } from './snapshot-source.ts'

/** `gatehouse what-can`: what a user or role may do, statement by statement, and whom it can become. */
export function whatCanCommand(): Command {
  const command = new Command('what-can')
    .description('say what a user or role may do, and whom it can become: gatehouse what-can ARN')
    .argument('<principal>', 'the ARN or the name of a user or role')
  return withSnapshotOptions(command).action(async (principal: string, options: SnapshotOptions) => {
    const graph = await openGraph(options)
    const member = graph.estate.members.get(nodeNamed(graph, principal))
    if (!member) throw new Error(`${principal} is no user or role`)
    const answer = whatCan(graph, member)
    console.log(options.json ? JSON.stringify(answer, undefined, 2) : readable(answer))
    tellGaps(answer.dependsOn)
  })
}

const mostNames = 12
const short = (names: readonly string[]): string =>
  names.length <= mostNames ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${names.length - mostNames} more`

function readable({ principal, granted, clusters, ways }: WhatCan): string {
  return [
    principal,
    ...(granted.length === 0 ? ['  holds no policy that allows anything'] : granted.flatMap(grantedLines)),
    ...clusters.flatMap(({ cluster, user, groups, accessPolicies }) => [
      `  cluster ${cluster}: user ${user}, groups ${groups.join(', ')}`,
      ...accessPolicies.map(policy => `    ${policy}`),
    ]),
    ...ways.map(({ how, title, to, assuming }) => `  ${title} [${how}]: ${short(to)}${assuming === undefined ? '' : ` (if ${assuming})`}`),
  ].join('\n')
}

const grantedLines = ({ by, resources, actions, conditional, conditions, denied }: Granted): string[] => [
  `  ${by}, on ${resources.join(', ')}`,
  ...(actions.length > 0 ? [`    allowed: ${short(actions)}`] : []),
  ...(conditional.length > 0
    ? [`    allowed under conditions: ${short(conditional)}`, ...conditions.map(condition => `      if ${condition}`)]
    : []),
  ...(denied > 0 ? [`    ${denied} actions of the statement are denied by something else`] : []),
]
