import { Command } from 'commander'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hasClientSettings, readClientSettings } from '../server/client-settings.ts'
import type { ChangeProgress, OwnerRequest } from '../server/snapshots/owner-control.ts'
import { hasControlPlanes } from '../server/snapshots/snapshot-file.ts'
import { changeState, isInUse, sharedState, type StateChange } from '../server/snapshots/state-changes.ts'
import { CallError, send } from './client.ts'
import { dataFolder } from './data-folder.ts'
import { Progress } from './progress.ts'
import { printResult } from './result.ts'

const dataFlag = ['--data <folder>', 'the data folder (environment: GATEHOUSE_DATA)'] as const

/** `gatehouse export`: the whole state in one file. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write the whole state to one file, whether Gatehouse runs or not')
    .argument('<file>', 'the snapshot to write; it holds every secret, so keep it as you would the data folder')
    .option(...dataFlag)
    .option('--without-key', 'leave the master key out; restoring then needs GATEHOUSE_MASTER_KEY')
    .option('--json', 'as JSON')
    .action(async (file: string, options: { data?: string; withoutKey?: boolean; json?: boolean }) => {
      const data = ownState(options.data)
      const change = { kind: 'export', file: resolve(file), masterKey: options.withoutKey !== true } as const
      // Clusters with an etcd of their own are copied while they stand still.
      if (isInUse(data) && hasControlPlanes(data)) await askRunning(data, change)
      else await changeState(data, change, Date.now())
      printResult(options, { file: resolve(file), data }, `wrote ${resolve(file)}`)
    })
}

/** `gatehouse restore`: the state of a file in place of what is there. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('replace the whole state by that of a file; a running Gatehouse goes on with it')
    .argument('<file>', 'a snapshot that "gatehouse export" wrote')
    .option(...dataFlag)
    .option('--force', 'replace a state that is there')
    .option('--json', 'as JSON')
    .action(async (file: string, options: { data?: string; force?: boolean; json?: boolean }) => {
      const data = ownState(options.data)
      if (!options.force && existsSync(join(data, 'gatehouse.db')))
        throw new Error(`the data folder ${data} holds a state: --force replaces it, and nothing brings it back`)
      await changed(data, { kind: 'restore', file: resolve(file) })
      printResult(options, { data, file: resolve(file) }, `restored ${data} from ${resolve(file)}`)
    })
}

/** `gatehouse reset`: back to the first start, or to what was kept. */
export function resetCommand(): Command {
  return new Command('reset')
    .description('go back to the state of the first start, or to the one kept by --keep; a running Gatehouse goes on with it')
    .option(...dataFlag)
    .option('--keep', 'instead, make the present state the one that reset goes back to')
    .option('--json', 'as JSON')
    .action(async (options: { data?: string; keep?: boolean; json?: boolean }) => {
      const data = ownState(options.data)
      if (options.keep) await keepState(data)
      else await changed(data, { kind: 'reset' })
      const text = options.keep ? 'kept: "gatehouse reset" comes back to this' : `reset ${data}`
      printResult(options, { data, kept: options.keep === true }, text)
    })
}

/** The data folder, when the state is there. @throws Error for one that is in a database */
function ownState(flag: string | undefined): string {
  const data = dataFolder(flag)
  if (isShared(data)) throw new Error(sharedState)
  return data
}

/** Whether what runs on a folder, or would by the environment, keeps its state in a database that nodes share. */
export const isShared = (data: string): boolean =>
  Boolean(process.env['GATEHOUSE_STORE']) || (hasClientSettings(data) && readClientSettings(data).sharedStore === true)

/** Makes the present state the one that `reset` goes back to. */
export const keepState = (data: string): Promise<void> =>
  isInUse(data) && hasControlPlanes(data) ? askRunning(data, { kind: 'keep' }) : changeState(data, { kind: 'keep' }, Date.now())

const changed = (data: string, change: StateChange) => (isInUse(data) ? askRunning(data, change) : changeState(data, change, Date.now()))

const waitMilliseconds = 120_000
const lookMilliseconds = 50

/** Has the Gatehouse that runs on the folder do it, and waits until it serves again. @throws Error with its reason when it could not */
export async function askRunning(data: string, change: OwnerRequest): Promise<void> {
  const { endpoint, ownerToken, certificateAuthorityFile } = readClientSettings(data)
  if (ownerToken === undefined) throw new Error('the Gatehouse that is running is older than this command: stop it first')
  const url = `${endpoint}/_gatehouse/state`
  const headers = { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' }
  const ask = async (method: 'GET' | 'POST') => {
    // Read each time: a restored state has the authority that it was made with.
    const certificateAuthorityPem = readFileSync(certificateAuthorityFile, 'utf8')
    const body = method === 'POST' ? { body: JSON.stringify(change) } : {}
    return (await send(url, { method, headers, certificateAuthorityPem, ...body })) as unknown as ChangeProgress
  }
  const { finished } = await ask('POST')
  const begun = Date.now()
  const waiting = new Progress('waiting for Gatehouse')
  try {
    while (Date.now() < begun + waitMilliseconds) {
      await new Promise(proceed => setTimeout(proceed, lookMilliseconds))
      waiting.at(`${Math.round((Date.now() - begun) / 1000)} s`)
      const progress = await ask('GET').catch(unlessAnswered)
      if (!progress || progress.finished === finished) continue
      if (progress.problem !== undefined) throw new Error(progress.problem)
      return
    }
  } finally {
    waiting.end()
  }
  throw new Error('Gatehouse did not come back in time: look at its log')
}

/** It does not answer while it starts again. */
function unlessAnswered(problem: unknown): undefined {
  if (problem instanceof CallError) throw problem
  return undefined
}
