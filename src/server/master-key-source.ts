import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type MasterKey, MasterKeyError, parseMasterKey, parsePassphrase, readMasterKey, readSecretFile } from '../store/index.ts'
import type { Configuration } from './configuration.ts'

/** Where a master key can come from. */
export interface MasterKeySources {
  readonly masterKeyCommand?: string
  readonly masterKeyPassphrase?: string
  readonly masterKeyPassphraseFile?: string
}

/** The file of a data folder whose master key comes from nowhere else. */
export const masterKeyFile = (data: string): string => join(data, 'master.key')

/** What is wrong with where the master key is said to come from. */
export function masterKeyProblems(sources: MasterKeySources, environment: NodeJS.ProcessEnv): string[] {
  const given = [
    ['GATEHOUSE_MASTER_KEY', environment['GATEHOUSE_MASTER_KEY']],
    ['--master-key-command', sources.masterKeyCommand],
    ['--master-key-passphrase', sources.masterKeyPassphrase],
    ['--master-key-passphrase-file', sources.masterKeyPassphraseFile],
  ].flatMap(([name, value]) => (value ? [name] : []))
  return given.length > 1 ? [`the master key comes from one place: leave out all but one of ${given.join(', ')}`] : []
}

/** Whether the master key is the data folder's own file. */
export const isInFolder = (sources: MasterKeySources, environment: NodeJS.ProcessEnv): boolean =>
  givenMasterKey(sources) === undefined && !environment['GATEHOUSE_MASTER_KEY']

/**
 * The master key of a start.
 * @throws MasterKeyError that says what to do and tells nothing of the key
 */
export async function masterKeyOf(configuration: Configuration, environment: NodeJS.ProcessEnv): Promise<MasterKey> {
  const { data } = configuration
  return (
    (await givenMasterKey(configuration)?.()) ??
    readMasterKey(masterKeyFile(data), environment['GATEHOUSE_MASTER_KEY'], join(data, 'gatehouse.db'))
  )
}

/** @returns what reads the master key, when it comes from a command or is a passphrase */
export function givenMasterKey({
  masterKeyCommand,
  masterKeyPassphrase,
  masterKeyPassphraseFile,
}: MasterKeySources): (() => Promise<MasterKey>) | undefined {
  if (masterKeyCommand !== undefined) return () => fromCommand(masterKeyCommand)
  if (masterKeyPassphrase !== undefined) return async () => parsePassphrase(masterKeyPassphrase, '--master-key-passphrase')
  if (masterKeyPassphraseFile !== undefined)
    return async () => parsePassphrase(readSecretFile(masterKeyPassphraseFile), masterKeyPassphraseFile)
  return undefined
}

const commandMilliseconds = 60_000
const keySize = 32

/** What a command prints: 64 hexadecimal digits, or 32 bytes in base64 as `aws kms decrypt` gives them. What it says on standard error goes to ours. */
async function fromCommand(command: string): Promise<Buffer> {
  const source = '--master-key-command'
  const child = promisify(execFile)('/bin/sh', ['-c', command], { timeout: commandMilliseconds, maxBuffer: 65_536, encoding: 'utf8' })
  child.child.stderr?.pipe(process.stderr, { end: false })
  // The problem that Node makes holds what the command printed.
  const { stdout } = await child.catch(({ code, killed }: { code?: unknown; killed?: boolean }) => {
    throw new MasterKeyError(
      killed ? `${source} did not end in ${commandMilliseconds / 1000} seconds` : `${source} failed, with exit code ${String(code)}`,
    )
  })
  const text = stdout.trim()
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === keySize && bytes.toString('base64') === text) return bytes
  try {
    return parseMasterKey(text, source)
  } catch {
    throw new MasterKeyError(`${source}: it must print 64 hexadecimal digits, or 32 bytes in base64`)
  }
}
