import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
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
} from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import { writeFileAtomically } from './files.ts'
import { createLog } from './log.ts'
import { givenMasterKey, isInFolder, masterKeyFile, masterKeyOf } from './master-key-source.ts'
import { openStore } from './open-store.ts'
import { type ControlAnswer, type ControlRequest, isOwner, json, type OwnerControl } from './snapshots/owner-control.ts'
import { forgetBaseline } from './snapshots/state-changes.ts'

export type { MasterKeySummary } from '../store/index.ts'

/** What may be done with master keys while Gatehouse runs. */
export type MasterKeyChange =
  /** Puts a new key into the data folder, in place of the one there. */
  | { readonly action: 'rotate' }
  /** Lets a key that is kept elsewhere open the data, beside the present one. */
  | { readonly action: 'add'; readonly key?: string; readonly passphrase?: string }
  | { readonly action: 'retire'; readonly id: string }

export interface KeyHolder {
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
export async function changeFor({ newKeyFile, newKeyCommand, newPassphraseFile }: Replacement): Promise<MasterKeyChange> {
  if ([newKeyFile, newKeyCommand, newPassphraseFile].filter(place => place !== undefined).length > 1)
    throw new MasterKeyError(
      'the new key comes from one place: leave out all but one of --new-key-file, --new-key-command and --new-passphrase-file',
    )
  if (newPassphraseFile !== undefined) return { action: 'add', passphrase: readSecretFile(newPassphraseFile) }
  if (newKeyFile !== undefined) return { action: 'add', key: parseMasterKey(readSecretFile(newKeyFile), newKeyFile).toString('hex') }
  const read = newKeyCommand === undefined ? undefined : givenMasterKey({ masterKeyCommand: newKeyCommand })
  return read ? { action: 'add', key: Buffer.from((await read()) as Uint8Array).toString('hex') } : { action: 'rotate' }
}

/** Opens the store for the master keys alone, and makes a change when there is one. */
export async function openMasterKeys(configuration: Configuration, change?: MasterKeyChange): Promise<readonly MasterKeySummary[]> {
  const { data, logLevel } = configuration
  const store = await openStore(configuration, join(data, 'gatehouse.db'), { now: Date.now, log: createLog(logLevel) })
  try {
    const secrets = await openSecrets(store, await masterKeyOf(configuration, process.env))
    const holder = { secrets, data, inFolder: isInFolder(configuration, process.env), now: Date.now }
    return change ? await changeMasterKeys(holder, change) : await secrets.masterKeys()
  } finally {
    await store.close()
  }
}

/**
 * Does it.
 * @returns the master keys that open the data afterwards
 * @throws MasterKeyError that says what to do
 */
export async function changeMasterKeys(holder: KeyHolder, change: MasterKeyChange): Promise<readonly MasterKeySummary[]> {
  await changes[change.action](holder, change as never)
  return holder.secrets.masterKeys()
}

type Changes = {
  readonly [Action in MasterKeyChange['action']]: (holder: KeyHolder, change: MasterKeyChange & { action: Action }) => Promise<unknown>
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
  async add({ secrets, now }, { key, passphrase }) {
    const masterKey =
      passphrase === undefined ? parseMasterKey(key ?? '', 'the new key') : parsePassphrase(passphrase, 'the new passphrase')
    await secrets.addMasterKey(masterKey, now())
  },
  async retire({ secrets, data }, { id }) {
    await secrets.retireMasterKey(id)
    forgetBaseline(data)
    const file = masterKeyFile(data)
    // It opens nothing any more.
    if (existsSync(file) && masterKeyId(parseMasterKey(readSecretFile(file), file)) === id) rmSync(file)
  },
}

/** Answers `/_gatehouse/master-keys`: GET with the keys that open the data, POST with a change. Whoever lacks the owner's token learns nothing. */
export async function answerMasterKeys(owner: OwnerControl, holder: KeyHolder, request: ControlRequest): Promise<ControlAnswer> {
  if (!isOwner(owner, request.headers)) return json(404, { message: 'not found' })
  if (request.method === 'GET') return json(200, { masterKeys: await holder.secrets.masterKeys() })
  if (request.method !== 'POST') return json(405, { message: 'method not allowed' })
  const change = changeOf(request.body)
  if (!change) return json(400, { message: 'no change of master keys that is known' })
  try {
    return json(200, { masterKeys: await changeMasterKeys(holder, change) })
  } catch (problem) {
    if (problem instanceof MasterKeyError) return json(409, { message: problem.message })
    throw problem
  }
}

function changeOf(body: Uint8Array): MasterKeyChange | undefined {
  try {
    const { action, key, passphrase, id } = JSON.parse(Buffer.from(body).toString('utf8')) as { [name: string]: unknown }
    if (action === 'rotate') return { action }
    if (action === 'retire' && typeof id === 'string') return { action, id }
    if (action === 'add' && typeof passphrase === 'string') return { action, passphrase }
    if (action === 'add' && typeof key === 'string') return { action, key }
  } catch {
    // What is no JSON is no change either.
  }
  return undefined
}
