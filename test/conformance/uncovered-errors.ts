import { services } from '../../src/services/index.ts'
import type { Service } from '../../src/services/operation.ts'
import { type CaseFile, caseFiles } from './cases.ts'

/** A modeled error of an operation, as `Operation Code`, that no case expects. */
export function uncoveredErrors(serviceName: string, files: readonly CaseFile[] = caseFiles()): string[] {
  const { service } = services.find(entry => entry.service.name === serviceName) as { service: Service }
  const expected = new Set(
    files
      .filter(file => file.service === serviceName)
      .flatMap(({ operation, cases }) => cases.flatMap(({ error }) => (error ? [`${operation} ${error.code}`] : []))),
  )
  const { operations, shapes } = service.model
  return Object.entries(operations).flatMap(([name, { errors = [] }]) =>
    errors.map(shape => `${name} ${codeOf(shapes[shape], shape)}`).filter(pair => !expected.has(pair)),
  )
}

const codeOf = (shape: unknown, name: string): string => (shape as { error?: { code?: string } } | undefined)?.error?.code ?? name

if (import.meta.main) for (const name of ['iam', 'sts']) for (const pair of uncoveredErrors(name)) console.log(`${name}: ${pair}`)
