import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from './files.ts'

/**
 * What a local client needs to reach a running Gatehouse as its administrator. Kept in the data folder, readable by its owner
 * alone, as kubeadm keeps admin.conf: who can read the data folder owns the master key as well.
 */
export interface ClientSettings {
  readonly endpoint: string
  readonly httpEndpoint: string
  readonly region: string
  readonly account: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly certificateAuthorityFile: string
  /** Whether the state is not in the folder but in a database that nodes share. */
  readonly sharedStore?: true
  /** What lets the folder's owner have the state of a running Gatehouse replaced. */
  readonly ownerToken?: string
}

const fileIn = (data: string) => join(data, 'client.json')

/** @throws Error that says to start Gatehouse when the data folder has none */
export function readClientSettings(data: string): ClientSettings {
  try {
    return JSON.parse(readFileSync(fileIn(data), 'utf8')) as ClientSettings
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(`no Gatehouse has run on the data folder ${data}: run "gatehouse start" first, or name its folder with --data`, {
        cause: problem,
      })
    throw problem
  }
}

export const hasClientSettings = (data: string): boolean => existsSync(fileIn(data))

export const writeClientSettings = (data: string, settings: ClientSettings): void =>
  writeFileAtomically(fileIn(data), `${JSON.stringify(settings, undefined, 2)}\n`, 0o600)
