import { Command } from 'commander'
import { services } from '../services/index.ts'

interface Coverage {
  readonly service: string
  readonly served: number
  readonly modeled: number
  readonly missing: readonly string[]
}

/** `gatehouse coverage`: which operations of each service's model are served, from the registry that answers them. */
export function coverageCommand(): Command {
  return new Command('coverage')
    .description('list the operations that Gatehouse serves, by service')
    .option('--missing', 'name the operations that are not served')
    .option('--json', 'as JSON')
    .action(({ missing, json }: { missing?: boolean; json?: boolean }) => {
      const report = services.map(({ service, operations }): Coverage => {
        const served = new Set(operations.map(({ name }) => name))
        const modeled = Object.keys(service.model.operations)
        return { service: service.name, served: served.size, modeled: modeled.length, missing: modeled.filter(name => !served.has(name)) }
      })
      console.log(json ? JSON.stringify(report, undefined, 2) : report.map(line => lineOf(line, missing === true)).join('\n'))
    })
}

function lineOf({ service, served, modeled, missing }: Coverage, withMissing: boolean): string {
  const share = `${Math.floor((served / modeled) * 100)} %`.padStart(6)
  const line = `${service.padEnd(16)} ${String(served).padStart(4)} of ${String(modeled).padEnd(4)} ${share}`
  return withMissing && missing.length > 0 ? `${line}\n${missing.map(name => `    ${name}`).join('\n')}` : line
}
