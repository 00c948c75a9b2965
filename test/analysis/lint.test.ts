import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lintCommand } from '../../src/cli/lint.ts'

let folder: string
let printed: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-lint-'))
  printed = []
  vi.spyOn(console, 'log').mockImplementation(line => void printed.push(String(line)))
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
  rmSync(folder, { recursive: true })
})

function lint(policy: object, ...options: string[]): string {
  const file = join(folder, 'policy.json')
  writeFileSync(file, JSON.stringify(policy))
  lintCommand().parse(['node', 'lint', file, ...options])
  return printed.join('\n')
}

const passRole = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }] }
/** The place of the action, counted from 1. */
const column = JSON.stringify(passRole).indexOf('"iam:PassRole"') + 1
const clean = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::books/*' }] }

test('a finding is told with its place, and ends with 3', () => {
  const told = lint(passRole)
  expect(told).toContain(`policy.json:1:${column}: security warning: Using the iam:PassRole action`)
  expect(told).toContain('[PASS_ROLE_WITH_STAR_IN_RESOURCE]')
  expect(process.exitCode).toBe(3)
})
test('in YAML and in templates a finding has its place too', () => {
  const statements = ['Statement:', '  - Effect: Allow', '    Action:', '      - s3:GetObject', '      - iam:PassRole', '    Resource: "*"']
  const template = ['Resources:', '  P:', '    Type: AWS::IAM::ManagedPolicy', '    Properties:', '      PolicyDocument:']
  writeFileSync(join(folder, 'policy.yaml'), ['Version: 2012-10-17', ...statements].join('\n'))
  writeFileSync(join(folder, 'template.yaml'), [...template, ...statements.map(line => `        ${line}`)].join('\n'))
  lintCommand().parse(['node', 'lint', join(folder, 'policy.yaml'), join(folder, 'template.yaml')])
  const lines = printed.join('\n').split('\n')
  const places = lines.filter(line => line.includes('PASS_ROLE')).map(line => /([a-z]+\.yaml:\d+:\d+)/.exec(line)?.[1])
  expect(places).toEqual(['policy.yaml:6:9', 'template.yaml:10:17'])
})
test('a file that cannot be read is named', () => {
  writeFileSync(join(folder, 'bad.yaml'), 'a: [1\n b')
  expect(() => lintCommand().parse(['node', 'lint', join(folder, 'bad.yaml')])).toThrow(/bad\.yaml: the file is neither JSON nor YAML/)
})
test('nothing found ends with 0', () => {
  expect(lint(clean)).toBe('0 findings in 1 policy')
  expect(process.exitCode).toBeUndefined()
})
test('only what is graded as asked makes it fail', () => {
  lint(passRole, '--fail-on', 'error')
  expect(process.exitCode).toBeUndefined()
})
test('--json has the findings as ValidatePolicy tells them', () => {
  const [policy] = JSON.parse(lint(passRole, '--json'))
  expect(policy.findings[0]).toMatchObject({
    findingType: 'SECURITY_WARNING',
    locations: [{ path: [{ value: 'Statement' }, { index: 0 }, { value: 'Action' }] }, {}],
  })
})
test('--sarif names a rule for every result', () => {
  const { version, runs } = JSON.parse(lint(passRole, '--sarif'))
  expect(version).toBe('2.1.0')
  const [{ results, tool }] = runs
  expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toContain(results[0].ruleId)
  expect(results[0].locations[0].physicalLocation.region).toEqual({ startLine: 1, startColumn: column })
})
