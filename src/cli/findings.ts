import { Command } from 'commander'
import { type SharedResourceFinding, sharedResources } from '../analysis/graph/shared-resources.ts'
import { readSnapshot, tellGaps } from './snapshot-source.ts'
import { exitCodeOfFindings } from './exit-codes.ts'

/** `gatehouse findings`: what Access Analyzer finds, of an import. A running Gatehouse is asked by the API itself. */
export function findingsCommand(): Command {
  return new Command('findings')
    .description('say which resources of an import others reach, as Access Analyzer finds them: gatehouse findings world.json')
    .argument('<world>', 'a world that gatehouse import wrote; a running Gatehouse has analyzers: aws accessanalyzer create-analyzer')
    .option('--json', 'as JSON')
    .addHelpText('after', `\nEnds with ${exitCodeOfFindings} when something is shared with outsiders, with 0 when nothing is.`)
    .action(async (world: string, { json }: { readonly json?: boolean }) => {
      const snapshot = await readSnapshot({ import: world })
      const { findings, notLookedAt } = sharedResources(snapshot)
      const dependsOn = [...snapshot.gaps.map(({ what }) => what), ...notLookedAt]
      if (json) console.log(JSON.stringify({ findings, dependsOn }, undefined, 2))
      else {
        console.log(findings.length === 0 ? 'nothing is shared with outsiders' : findings.map(readable).join('\n'))
        tellGaps(dependsOn)
      }
      if (findings.length > 0) process.exitCode = exitCodeOfFindings
    })
}

function readable({ resource, resourceType, principal, action, condition, isPublic, undetermined }: SharedResourceFinding): string {
  const who = Object.entries(principal).map(entry => entry.join(' '))
  return [
    `${resource} (${resourceType})`,
    `    ${isPublic ? 'public' : 'shared with'} ${who.join(', ')}${action ? `: ${action.join(', ')}` : ''}`,
    ...Object.entries(condition).map(([key, values]) => `    if ${key} is about ${values}`),
    ...(undetermined ? ['    undetermined: there are more circumstances than were tried'] : []),
  ].join('\n')
}
