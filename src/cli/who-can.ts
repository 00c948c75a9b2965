import { Command } from 'commander'
import type { Justification } from '../analysis/graph/answers.ts'
import { attributesOf } from '../analysis/graph/kubernetes-resources.ts'
import { viewNamed } from '../analysis/graph/named.ts'
import { type WhoCan, whoCan } from '../analysis/graph/who-can.ts'
import { type WhoCanInCluster, whoCanInCluster } from '../analysis/graph/who-can-cluster.ts'
import { serviceFacts } from '../catalogue/facts/authorization-facts.ts'
import { parseArn } from '../types/arn.ts'
import { openGraph, type SnapshotOptions, tellGaps, withSnapshotOptions } from './snapshot-source.ts'

interface WhoCanOptions extends SnapshotOptions {
  readonly cluster?: string
  readonly namespace?: string
  readonly subresource?: string
  readonly context: readonly string[]
}

/** `gatehouse who-can`: who may do an action of AWS, or a verb of Kubernetes, on a resource. */
export function whoCanCommand(): Command {
  const command = new Command('who-can')
    .description('say who may do something, and why: gatehouse who-can s3:GetObject ARN, or gatehouse who-can get secrets --namespace shop')
    .argument('<action>', 'an action of AWS, such as sts:AssumeRole, or a verb of Kubernetes, such as get')
    .argument('[resource]', 'an ARN, or * ; for Kubernetes a resource, such as pods/exec, secrets/db or deployments.apps', '*')
    .option('--cluster <name>', 'the cluster, when there are several')
    .option('-n, --namespace <name>', 'the namespace; without, the cluster as a whole')
    .option('--subresource <name>', 'a subresource, such as log')
    .option(
      '--context <key=value>',
      'a condition key that the request has; repeatable',
      (value: string, before: string[]) => [...before, value],
      [],
    )
  return withSnapshotOptions(command).action(async (action: string, resource: string, options: WhoCanOptions) => {
    if (action.includes(':')) requireQuestion(action, resource)
    const graph = await openGraph(options)
    if (action.includes(':')) {
      const answer = whoCan(graph.estate, { action, resource, context: contextOf(options.context) })
      console.log(options.json ? JSON.stringify(answer, undefined, 2) : readable(answer))
      tellGaps(answer.dependsOn)
      return
    }
    const attributes = attributesOf(action, resource, options)
    if (!attributes) throw new Error(`the API group of ${resource} is not known: name it, as in ${resource}.GROUP`)
    const answer = whoCanInCluster(graph.estate, viewNamed(graph, options.cluster), attributes)
    console.log(options.json ? JSON.stringify(answer, undefined, 2) : readableOfCluster(answer))
    tellGaps(answer.dependsOn)
  })
}

/** A slip would be answered too, by whoever may do everything. @throws Error for what is no action, and for what is no ARN */
function requireQuestion(action: string, resource: string): void {
  const [prefix = '', name = ''] = action.toLowerCase().split(':')
  if (!serviceFacts(prefix)?.actions.has(name)) throw new Error(`${action} is not an action of AWS`)
  if (resource !== '*' && !parseArn(resource)) throw new Error(`${resource} is not an ARN; without, the resource is *`)
}

const contextOf = (entries: readonly string[]): { [key: string]: string } =>
  Object.fromEntries(
    entries.map(entry => {
      const at = entry.indexOf('=')
      if (at < 1) throw new Error(`--context ${entry}: give key=value`)
      return [entry.slice(0, at), entry.slice(at + 1)]
    }),
  )

function readable({ access, unsure }: WhoCan): string {
  const lines = access.flatMap(({ who, because, dependsOn }) => [
    who,
    ...becauseLines(because).map(line => `    ${line}`),
    ...dependsOn.map(what => `    depends on what is missing: ${what}`),
  ])
  const others = unsure.map(({ who, dependsOn }) => `${who}: nothing allows it, but missing is ${dependsOn.join('; ')}`)
  return [...(lines.length > 0 ? lines : ['nobody']), ...(others.length > 0 ? ['', 'Not sure of:', ...others] : [])].join('\n')
}

/** Why a decision is what it is, in lines. */
export const becauseLines = ({ outcome, decidedBy, statements, conditions }: Justification): string[] => [
  statements.length > 0 ? `by ${statements.join('; ')}` : decidedBy === 'none' ? 'as root' : `by ${decidedBy}`,
  ...conditions.map(condition => `if ${condition}`),
  ...(outcome === 'undetermined' ? ['undetermined: there are more circumstances than were tried'] : []),
]

const readableOfCluster = ({ access }: WhoCanInCluster): string =>
  access.length === 0
    ? 'nobody'
    : access
        .map(({ who, kind, reason, by }) =>
          [`${kind} ${who}`, `    ${reason}`, ...(by === undefined ? [] : [`    known by ${by}`])].join('\n'),
        )
        .join('\n')
