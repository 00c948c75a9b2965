import { escaped } from '../markup.ts'
import { sarifLog } from '../sarif.ts'
import { auditAreas, type Audit, auditChecks } from './audit.ts'

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const

/** Findings are about principals and objects, which SARIF calls logical locations. */
export const auditSarif = ({ findings }: Audit): object =>
  sarifLog(
    'gatehouse audit',
    auditChecks.map(({ id, title, severity, reference }) => ({
      id,
      shortDescription: { text: title },
      help: { text: reference },
      defaultConfiguration: { level: levels[severity] },
    })),
    findings.map(({ check, severity, title, subject, evidence, mend }) => ({
      ruleId: check,
      level: levels[severity],
      message: { text: `${title}: ${subject}: ${evidence}. Mend: ${mend}` },
      locations: [{ logicalLocations: [{ fullyQualifiedName: subject }] }],
    })),
  )

/** A page that needs nothing beside itself: no script, no font, no picture. */
export function auditHtml({ findings, passed, notChecked, dependsOn }: Audit): string {
  const row = (cells: readonly string[], tag: 'td' | 'th' = 'td') =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`<h2>${title}</h2>`, '<ul>', ...items.map(item => `<li>${escaped(item)}</li>`), '</ul>']
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Audit</title>',
    '<style>body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top}</style>',
    '</head><body><h1>Audit</h1>',
    '<table>',
    row(['Severity', 'Check', 'Subject', 'Evidence', 'Mend', 'Reference'], 'th'),
    ...findings.map(({ severity, title, subject, evidence, mend, reference }) =>
      row([severity, title, subject, evidence, mend, reference]),
    ),
    '</table>',
    ...list('Not checked: what they look at was not read', notChecked),
    ...list('Depends on what is missing', dependsOn),
    ...list('Nothing found by', passed),
    '</body></html>',
    '',
  ].join('\n')
}

/** The tables of docs/audit.md. */
export const auditTables = (): string =>
  auditAreas
    .flatMap(({ title, checks }) => [
      `## ${title}`,
      '',
      '| Check | Severity | What it finds | Reference | Mend |',
      '|---|---|---|---|---|',
      ...checks.map(check => `| \`${check.id}\` | ${check.severity} | ${check.title} | ${check.reference} | \`${check.mend}\` |`),
      '',
    ])
    .join('\n')
