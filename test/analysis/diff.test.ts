import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { diffCommand } from '../../src/cli/diff.ts'

let folder: string
let printed: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-diff-'))
  printed = []
  vi.spyOn(console, 'log').mockImplementation(line => void printed.push(String(line)))
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
  rmSync(folder, { recursive: true })
})

const file = (name: string, ...lines: readonly string[]): string => {
  writeFileSync(join(folder, name), lines.join('\n'))
  return join(folder, name)
}
const statement = (action: string) => `{Effect: Allow, Action: "${action}", Resource: "arn:aws:s3:::b/*"}`
const policy = (id: string, action: string) => [
  `  ${id}:`,
  '    Type: AWS::IAM::ManagedPolicy',
  `    Properties: {PolicyDocument: {Version: "2012-10-17", Statement: [${statement(action)}]}}`,
]

test('a policy in YAML is held against one of a template', () => {
  const before = file('old.yaml', 'Version: 2012-10-17', 'Statement:', `  - ${statement('s3:GetObject')}`)
  const after = file('new.yaml', 'Resources:', ...policy('P', 's3:*Object'), ...policy('Q', 's3:GetObject'))
  diffCommand().parse(['node', 'diff', before, `${after}#P.PolicyDocument`])
  expect(printed.join('\n')).toContain('s3:DeleteObject on arn:aws:s3:::b/')
  expect(process.exitCode).toBe(3)
  expect(() => diffCommand().parse(['node', 'diff', before, after])).toThrow('#NAME, of P.PolicyDocument, Q.PolicyDocument')
})
