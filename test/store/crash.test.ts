import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openSqliteStore } from '../../src/store/index.ts'

const child = fileURLToPath(new URL('crash-child.ts', import.meta.url))

/** Lets a process write until it has acknowledged enough, then kills it. @returns what it acknowledged */
async function writeAndKill(file: string, round: number, enough: number): Promise<string[]> {
  const writer = spawn(process.execPath, [child, file, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: string[] = []
  const ended = new Promise(resolve => writer.once('exit', resolve))
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged.push(line)
    if (acknowledged.length === enough) writer.kill('SIGKILL')
  }
  await ended
  return acknowledged
}

test('what was acknowledged before a kill is there, whole and in the feed; nothing is there in part', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-crash-'))
  const file = join(folder, 'gatehouse.db')
  const acknowledged: string[] = []
  for (let round = 0; round < 5; round++) acknowledged.push(...(await writeAndKill(file, round, 50 + round * 400)))

  const store = await openSqliteStore(file)
  const ids = async (table: 'users' | 'changes') =>
    new Set((await store.read(tx => tx.selectFrom(table).select('id').execute())).map(({ id }) => id))
  const users = await ids('users')
  const feed = await ids('changes')
  const halves = await store.read(tx => tx.selectFrom('groupMembers').select('userId').execute())
  expect(acknowledged.length).toBeGreaterThan(4000)
  expect(acknowledged.filter(id => !users.has(id))).toEqual([])
  expect(feed).toEqual(users)
  expect(new Set(halves.map(({ userId }) => userId))).toEqual(users)
  await store.close()
  rmSync(folder, { recursive: true })
})
