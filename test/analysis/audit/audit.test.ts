import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { audit, auditChecks } from '../../../src/analysis/audit/audit.ts'
import { auditHtml, auditSarif, auditTables } from '../../../src/analysis/audit/reports.ts'
import { Estate } from '../../../src/analysis/graph/estate.ts'
import { Graph } from '../../../src/analysis/graph/graph.ts'
import { SnapshotBuilder } from '../../../src/analysis/graph/import/builder.ts'
import { makeSnapshot } from '../../../src/analysis/graph/import/make-snapshot.ts'
import { readDocument } from '../../../src/analysis/graph/import/read-documents.ts'
import type { Snapshot } from '../../../src/analysis/graph/snapshot.ts'
import { administratorAccess, allow, cluster, iamArn, user, world } from '../graph/world.ts'
import { now, scenes } from './scenes.ts'

const audited = (snapshot: Snapshot, cluster?: string) => audit(new Graph(new Estate(snapshot)), now, cluster)
const findingsOf = (id: string, snapshot: Snapshot) => audited(snapshot).findings.filter(({ check }) => check === id)

test('every check has a scene, and an id of its own', () => {
  expect(Object.keys(scenes).sort()).toEqual(auditChecks.map(({ id }) => id).sort())
  expect(new Set(auditChecks.map(({ id }) => id)).size).toBe(auditChecks.length)
})

test.each(Object.entries(scenes))('%s finds it, and not in the mended twin', (id, [found, mended]) => {
  const [first] = findingsOf(id, found)
  expect(first).toMatchObject({ subject: expect.stringMatching(/./), evidence: expect.stringMatching(/./) })
  expect(first?.mend).not.toMatch(/\{\w+\}(?!\])/)
  expect(audited(mended).passed).toContain(id)
})

test.each([
  ['1.34', 1],
  ['1.35', 0],
])('with Kubernetes %s, %i binding to get pods/exec lets commands run', (version, count) => {
  const clusterRoles = { viewers: [{ verbs: ['get', 'list'], apiGroups: ['*'], resources: ['*'] }] }
  const binding = { name: 'viewers', subjects: [{ kind: 'Group', name: 'viewers' }], roleRef: { kind: 'ClusterRole', name: 'viewers' } }
  const snapshot = world({ clusters: [cluster({ version, clusterRoles, clusterRoleBindings: [binding] })] })
  expect(findingsOf('rbac-exec', snapshot)).toHaveLength(count)
})

test('what a shell would take for more than a word is quoted in a mend', () => {
  const name = "x;reboot'"
  const binding = { name, subjects: [{ kind: 'User', name: 'a' }], roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } }
  const [found] = findingsOf('rbac-cluster-admin', world({ clusters: [cluster({ clusterRoleBindings: [binding] })] }))
  expect(found?.mend).toBe("kubectl delete clusterrolebinding 'x;reboot'\\'''")
})

describe('what takes the right away', () => {
  const group = { arn: iamArn('group/ops'), name: 'ops', inline: [], attached: [administratorAccess] }
  const inline = allow('*')
  test.each([
    ['a policy', user('al', { attached: [administratorAccess] }), `detach-user-policy --user-name al --policy-arn ${administratorAccess}`],
    ['an inline policy', user('al', { policies: [inline] }), 'delete-user-policy --user-name al --policy-name rights'],
    ['a group', user('al', { groups: ['ops'] }), 'remove-user-from-group --user-name al --group-name ops'],
    [
      'several',
      user('al', { policies: [inline], attached: [administratorAccess] }),
      'put-user-permissions-boundary --user-name al --permissions-boundary ARN',
    ],
  ])('is told: %s', (_, al, mend) => {
    const [found] = findingsOf('user-administrator', world({ users: [al], groups: [group] }))
    expect(found?.mend).toBe(`aws iam ${mend}`)
  })
})

test('what was not read is not checked, and never passes', () => {
  const { passed, notChecked } = audited(world({}))
  expect(notChecked).toEqual(expect.arrayContaining(['root-access-key', 'no-trail', 'password-policy-missing', 'no-analyzer']))
  expect(passed).not.toEqual(expect.arrayContaining(['root-access-key']))
})

test('a cluster that is named and not there is a mistake', () => {
  expect(() => audited(world({}), 'gone')).toThrow('there is no cluster gone')
})

describe('settings are read from what the AWS CLI prints', () => {
  const report = [
    'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date',
    '<root_account>,arn:aws:iam::111122223333:root,2026-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,false,true,2026-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A',
  ].join('\n')
  test.each([
    [{ Content: Buffer.from(report).toString('base64'), ReportFormat: 'text/csv' }, ['root-access-key', 'root-without-mfa']],
    [{ PasswordPolicy: { MinimumPasswordLength: 6 } }, ['password-policy-weak']],
    [{ trailList: [{ Name: 'main', IsMultiRegionTrail: false, LogFileValidationEnabled: true }] }, ['no-multi-region-trail']],
    [{ analyzers: [{ name: 'unused', type: 'ACCOUNT_UNUSED_ACCESS' }] }, ['no-analyzer']],
  ])('%o', (document, expected) => {
    const builder = new SnapshotBuilder()
    readDocument(document, builder, { source: 'file.json' })
    expect(audited(makeSnapshot(builder)).findings.map(({ check }) => check)).toEqual(expected)
  })
})

test('reports name rule, subject and mend, and escape', () => {
  const result = audited(scenes['root-without-mfa']?.[0] as Snapshot)
  expect(auditSarif(result)).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        results: [
          { ruleId: 'root-without-mfa', level: 'error', locations: [{ logicalLocations: [{ fullyQualifiedName: '<root_account>' }] }] },
        ],
      },
    ],
  })
  expect(auditHtml(result)).toContain('<td>critical</td><td>The root user has no MFA device</td><td>&lt;root_account&gt;</td>')
})

test('docs/audit.md has the tables', () => {
  expect(readFileSync(new URL('../../../docs/audit.md', import.meta.url), 'utf8')).toContain(auditTables())
})
