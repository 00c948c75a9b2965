import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { longestSessionMilliseconds } from '../identity/sessions.ts'
import {
  type DataKeyState,
  MasterKeyError,
  masterKeyId,
  masterKeyText,
  type MasterKeySummary,
  newMasterKey,
  type OpenedSecrets,
  openSecrets,
  parseMasterKey,
  parsePassphrase,
  readSecretFile,
  type Store,
} from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import { refuseOlderNodes, settleMillisecondsOf, startDataKeyRenewal } from './data-key-renewal.ts'
import { writeFileAtomically } from './files.ts'
import { createLog, type Log } from './log.ts'
import { givenMasterKey, isInFolder, masterKeyFile, masterKeyOf } from './master-key-source.ts'
import { openStore } from './open-store.ts'
import { type ControlAnswer, type ControlRequest, isOwner, json, type OwnerControl } from './snapshots/owner-control.ts'
import { forgetBaseline } from './snapshots/state-changes.ts'

export type { DataKeyState, MasterKeySummary } from '../store/index.ts'

/** What may be done with keys while Gatehouse runs. */
export type KeyChange =
  /** Puts a new key into the data folder, in place of the one there. */
  | { readonly action: 'rotate' }
  /** Lets a key that is kept elsewhere open the data, beside the present one. */
  | { readonly action: 'add'; readonly key?: string; readonly passphrase?: string }
  | { readonly action: 'retire'; readonly id: string; readonly endSessions?: boolean }
  /** Makes another data key, which everything is sealed under anew. */
  | { readonly action: 'renew' }

/** The keys that there are. */
export interface KeyListing {
  readonly masterKeys: readonly MasterKeySummary[]
  readonly dataKeys: readonly DataKeyState[]
}

export interface KeyHolder {
  readonly store: Store
  readonly secrets: OpenedSecrets
  readonly data: string
  /** Whether the key in use is the data folder's own file. */
  readonly inFolder: boolean
  readonly now: () => number
}

/** Where a new master key is: in one of these at most. */
export interface Replacement {
  readonly newKeyFile: string | undefined
  readonly newKeyCommand: string | undefined
  readonly newPassphraseFile: string | undefined
}

/** The change that brings a new master key in. @throws MasterKeyError when it is not where it is said to be */
export async function changeFor({ newKeyFile, newKeyCommand, newPassphraseFile }: Replacement): Promise<KeyChange> {
  if ([newKeyFile, newKeyCommand, newPassphraseFile].filter(place => place !== undefined).length > 1)
    throw new MasterKeyError(
      'the new key comes from one place: leave out all but one of --new-key-file, --new-key-command and --new-passphrase-file',
    )
  if (newPassphraseFile !== undefined) return { action: 'add', passphrase: readSecretFile(newPassphraseFile) }
  if (newKeyFile !== undefined) return { action: 'add', key: parseMasterKey(readSecretFile(newKeyFile), newKeyFile).toString('hex') }
  const read = newKeyCommand === undefined ? undefined : givenMasterKey({ masterKeyCommand: newKeyCommand })
  return read ? { action: 'add', key: Buffer.from((await read()) as Uint8Array).toString('hex') } : { action: 'rotate' }
}

/** Opens the store for the keys alone, and makes a change when there is one. */
export async function openKeys(configuration: Configuration, change?: KeyChange): Promise<KeyListing> {
  const { data, logLevel } = configuration
  const log = createLog(logLevel)
  const store = await openStore(configuration, join(data, 'gatehouse.db'), { now: Date.now, log })
  try {
    const secrets = await openSecrets(store, await masterKeyOf(configuration, process.env))
    const holder = { store, secrets, data, inFolder: isInFolder(configuration, process.env), now: Date.now }
    if (!change) return await keysOf(secrets)
    const listing = await changeKeysOf(holder, change)
    return change.action === 'renew' ? await renewed(holder, configuration, log) : listing
  } finally {
    await store.close()
  }
}

/** Brings a new data key in where no node does, and waits for the one that does. */
async function renewed({ store, secrets, now }: KeyHolder, configuration: Configuration, log: Log): Promise<KeyListing> {
  const renewal = startDataKeyRenewal({ store, secrets, settleMilliseconds: settleMillisecondsOf(store, configuration), now, log })
  try {
    while (isUnderway(secrets.dataKeys())) await wait(lookMilliseconds)
    return await keysOf(secrets)
  } finally {
    await renewal.stop()
  }
}

const lookMilliseconds = 200

/** Whether a new data key is still being brought in. */
export const isUnderway = (dataKeys: readonly DataKeyState[]): boolean =>
  dataKeys.some(({ stage, resealed }) => stage === 'next' || (stage === 'former' && !resealed))

const keysOf = async (secrets: OpenedSecrets): Promise<KeyListing> => ({
  masterKeys: await secrets.masterKeys(),
  dataKeys: secrets.dataKeys(),
})

/**
 * Does it.
 * @returns the keys that there are afterwards
 * @throws MasterKeyError that says what to do
 */
async function changeKeysOf(holder: KeyHolder, change: KeyChange): Promise<KeyListing> {
  await changes[change.action](holder, change as never)
  return keysOf(holder.secrets)
}

type Changes = {
  readonly [Action in KeyChange['action']]: (holder: KeyHolder, change: KeyChange & { action: Action }) => Promise<unknown>
}

const changes: Changes = {
  async rotate({ secrets, data, inFolder, now }) {
    if (!inFolder)
      throw new MasterKeyError(
        'the master key is not kept in the data folder: make the new one where it is kept, and name it (--new-key-file)',
      )
    const key = newMasterKey()
    await secrets.replaceMasterKey(key, () => writeFileAtomically(masterKeyFile(data), masterKeyText(key), 0o600), now())
    forgetBaseline(data)
  },
  async renew({ store, secrets, now }) {
    await refuseOlderNodes(store)
    await secrets.addDataKey(now())
  },
  async add({ secrets, now }, { key, passphrase }) {
    const masterKey =
      passphrase === undefined ? parseMasterKey(key ?? '', 'the new key') : parsePassphrase(passphrase, 'the new passphrase')
    await secrets.addMasterKey(masterKey, now())
  },
  async retire({ secrets, data, now }, { id, endSessions }) {
    const dataKey = secrets.dataKeys().find(key => key.id === id)
    if (dataKey) {
      if (dataKey.stage === 'former' && !endSessions && now() < dataKey.since + longestSessionMilliseconds)
        throw new MasterKeyError(
          `sessions that the data key ${id} signed may live until ${new Date(dataKey.since + longestSessionMilliseconds).toISOString()}, when it retires by itself: to end them now, give --end-sessions`,
        )
      await secrets.retireDataKey(id, now())
      forgetBaseline(data)
      return
    }
    await secrets.retireMasterKey(id, now())
    forgetBaseline(data)
    const file = masterKeyFile(data)
    // It opens nothing any more.
    if (existsSync(file) && masterKeyId(parseMasterKey(readSecretFile(file), file)) === id) rmSync(file)
  },
}

/** Answers `/_gatehouse/master-keys`: GET with the keys that there are, POST with a change. Whoever lacks the owner's token learns nothing. */
export async function answerMasterKeys(owner: OwnerControl, holder: KeyHolder, request: ControlRequest): Promise<ControlAnswer> {
  if (!isOwner(owner, request.headers)) return json(404, { message: 'not found' })
  if (request.method === 'GET') return json(200, await keysOf(holder.secrets))
  if (request.method !== 'POST') return json(405, { message: 'method not allowed' })
  const change = changeOf(request.body)
  if (!change) return json(400, { message: 'no change of keys that is known' })
  try {
    return json(200, await changeKeysOf(holder, change))
  } catch (problem) {
    if (problem instanceof MasterKeyError) return json(409, { message: problem.message })
    throw problem
  }
}

function changeOf(body: Uint8Array): KeyChange | undefined {
  try {
    const { action, key, passphrase, id, endSessions } = JSON.parse(Buffer.from(body).toString('utf8')) as { [name: string]: unknown }
    if (action === 'rotate' || action === 'renew') return { action }
    if (action === 'retire' && typeof id === 'string') return { action, id, endSessions: endSessions === true }
    if (action === 'add' && typeof passphrase === 'string') return { action, passphrase }
    if (action === 'add' && typeof key === 'string') return { action, key }
  } catch {
    // What is no JSON is no change either.
  }
  return undefined
}
