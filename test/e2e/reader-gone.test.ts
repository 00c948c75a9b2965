import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { command, root, withoutAws } from './gatehouse.ts'

/** A command whose output has nobody to read it, as behind `| head -1`. */
function unread(...words: string[]) {
  const child = spawn(join(root, 'node_modules/.bin/node'), [command, ...words], {
    env: withoutAws(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, complaint })) }
}

test.each([{ words: ['coverage'] }, { words: ['up', '--help'] }])(
  'a command that answers ends without a word: $words',
  async ({ words }) => {
    expect(await unread(...words).ended).toEqual({ code: 0, complaint: '' })
  },
)

test('a server goes on', async () => {
  const data = mkdtempSync(join(tmpdir(), 'gatehouse-unread-'))
  const { child, ended } = unread('start', '--data', data, '--port', '0', '--http-port', '0')
  try {
    const settings = join(data, 'client.json')
    for (let attempt = 0; attempt < 300 && !existsSync(settings); attempt++) await new Promise(resolve => setTimeout(resolve, 100))
    // What it says when it is ready, a moment after the file is there, has nobody to read it either.
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const { httpEndpoint } = JSON.parse(readFileSync(settings, 'utf8')) as { httpEndpoint: string }
    expect((await fetch(`${httpEndpoint}/_gatehouse/health`)).status).toBe(200)
  } finally {
    child.kill('SIGTERM')
  }
  expect(await ended).toMatchObject({ code: 0 })
  rmSync(data, { recursive: true, force: true })
})
