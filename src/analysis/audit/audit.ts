import type { Graph } from '../graph/graph.ts'
import { viewNamed } from '../graph/named.ts'
import { type Check, mendOf, severities } from './check.ts'
import { clusterChecks } from './checks-clusters.ts'
import { credentialChecks } from './checks-credentials.ts'
import { policyChecks } from './checks-policies.ts'
import { rbacChecks } from './checks-rbac.ts'

/** The areas of the audit, each a file with its table. */
export const auditAreas: readonly { readonly title: string; readonly checks: readonly Check[] }[] = [
  { title: 'Credentials and the account', checks: credentialChecks },
  { title: 'Policies and trust', checks: policyChecks },
  { title: 'Clusters', checks: clusterChecks },
  { title: 'RBAC and service accounts', checks: rbacChecks },
]

export const auditChecks: readonly Check[] = auditAreas.flatMap(({ checks }) => checks)

export interface AuditFinding {
  readonly check: string
  readonly title: string
  readonly severity: Check['severity']
  readonly reference: string
  readonly subject: string
  readonly evidence: string
  readonly mend: string
}

export interface Audit {
  /** The gravest first. */
  readonly findings: readonly AuditFinding[]
  /** Ids of checks that found nothing. */
  readonly passed: readonly string[]
  /** Ids of checks whose subject was not read. */
  readonly notChecked: readonly string[]
  /** What is missing that findings, and their absence, depend on. */
  readonly dependsOn: readonly string[]
}

/**
 * Runs every check.
 * @param cluster  by name or ARN: of clusters, only this one
 * @throws Error when there is no such cluster
 */
export function audit(graph: Graph, now: number, cluster?: string): Audit {
  const views = cluster === undefined ? graph.views : [viewNamed(graph, cluster)]
  const results = auditChecks.map(check => ({ check, found: check.find({ graph, now, views }) }))
  const findings = results.flatMap(({ check, found = [] }) => {
    const { id, title, severity, reference } = check
    return found.map(each => ({
      check: id,
      title,
      severity,
      reference,
      subject: each.subject,
      evidence: each.evidence,
      mend: mendOf(check, each),
    }))
  })
  return {
    findings: findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)),
    passed: results.filter(({ found }) => found?.length === 0).map(({ check }) => check.id),
    notChecked: results.filter(({ found }) => found === undefined).map(({ check }) => check.id),
    dependsOn: [...new Set(graph.estate.gaps.map(({ what }) => what))],
  }
}
