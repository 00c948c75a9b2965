import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'

let folder: string
let told: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-named-'))
  told = []
  vi.spyOn(console, 'error').mockImplementation(line => void told.push(String(line)))
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
  rmSync(folder, { recursive: true })
})

/** What a command tells, with FILE as the file that it is to read. */
async function tellOf(words: readonly string[], file: string): Promise<string> {
  await main(['node', 'gatehouse', ...words.map(word => word.replace('FILE', file))])
  return told.join('\n')
}

const readers = [
  ['lint', 'FILE'],
  ['diff', 'FILE', 'FILE'],
  ['test', 'FILE'],
  ['seed', 'FILE'],
  ['import', 'FILE', '--out', 'world.json'],
  ['import', 'arn:aws:s3:::shop=FILE', '--out', 'world.json'],
  ['simulate', 's3:GetObject', '--policy', 'FILE'],
  ['who-can', 'iam:CreateUser', '--import', 'FILE'],
  ['irsa', 'migrate', '--from', 'FILE', '--issuer', 'https://id.example.com'],
]

test.each(readers.map(words => [words.join(' '), words] as const))('%s says which file is not there', async (_, words) => {
  const file = join(folder, 'absent.json')
  expect(await tellOf(words, file)).toBe(`gatehouse: ${file} cannot be read: there is no such file`)
  expect(process.exitCode).toBe(1)
})

test('what is a folder is named as one', async () => {
  expect(await tellOf(['lint', 'FILE'], folder)).toBe(`gatehouse: ${folder} cannot be read: it is a folder`)
  expect(process.exitCode).toBe(1)
})
