import { Command } from 'commander'
import { writeFileSync } from 'node:fs'
import { audit, type Audit } from '../analysis/audit/audit.ts'
import { auditHtml, auditSarif } from '../analysis/audit/reports.ts'
import { Estate } from '../analysis/graph/estate.ts'
import { Graph } from '../analysis/graph/graph.ts'
import { momentOf, readSnapshot, type SnapshotOptions, tellGaps, withSnapshotOptions } from './snapshot-source.ts'
import { exitCodeOfFindings } from './exit-codes.ts'

interface AuditOptions extends SnapshotOptions {
  readonly cluster?: string
  readonly sarif?: string
  readonly html?: string
}

/** `gatehouse audit`: accounts and clusters against the best practices of IAM and EKS. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .description('check accounts and clusters against best practices of IAM, EKS and Kubernetes (docs/audit.md)')
    .option('--cluster <name>', 'of clusters, only this one')
    .option('--sarif <file>', 'write a SARIF 2.1.0 report too')
    .option('--html <file>', 'write an HTML report too')
    .addHelpText('after', `\nEnds with ${exitCodeOfFindings} when something is found, with 0 otherwise.`)
  return withSnapshotOptions(command).action(async (options: AuditOptions) => {
    const graph = new Graph(new Estate(await readSnapshot(options, { settings: true })))
    const result = audit(graph, momentOf(options), options.cluster)
    if (options.sarif !== undefined) writeFileSync(options.sarif, JSON.stringify(auditSarif(result), undefined, 2))
    if (options.html !== undefined) writeFileSync(options.html, auditHtml(result))
    console.log(options.json ? JSON.stringify(result, undefined, 2) : readable(result))
    if (!options.json) tellGaps(result.dependsOn)
    if (result.findings.length > 0) process.exitCode = exitCodeOfFindings
  })
}

function readable({ findings, passed, notChecked }: Audit): string {
  const lines = findings.flatMap(({ severity, title, check, subject, evidence, mend }) => [
    `${severity}: ${title} [${check}]`,
    `    ${subject}: ${evidence}`,
    `    ${mend}`,
  ])
  const unread = notChecked.length > 0 ? [`not checked, as what they look at was not read: ${notChecked.join(', ')}`] : []
  return [...lines, ...unread, `${findings.length} findings; ${passed.length} checks found nothing`].join('\n')
}
