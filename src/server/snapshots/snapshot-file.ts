import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { create, extract } from 'tar'
import { checkSqliteDatabase, copySqliteDatabase, objectFilesOf } from '../../store/index.ts'
import { version } from '../../types/version.ts'

// A snapshot is a gzipped tar file with the whole state of a data folder. manifest.json, its first entry, names every other by size and SHA-256.

/** What a data folder's state is made of. All else in it (logs, locks, client.json, ca.pem) is made anew at each start. */
const databaseName = 'gatehouse.db'
const masterKeyName = 'master.key'
const objectsName = 'objects'
const clustersName = 'clusters'
const stateNames = [databaseName, masterKeyName, objectsName, clustersName]

interface Manifest {
  readonly format: 1
  /** The version of Gatehouse that wrote it; that one and later ones read it. */
  readonly gatehouse: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly files: { readonly [path: string]: { readonly size: number; readonly sha256: string } }
}

/** A snapshot that cannot be written or is not to be trusted; the message says why and what to do. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
}

/**
 * Writes the state of a data folder to one file, readable by its owner alone: it holds what opens every secret, unless the key is left out.
 * Gatehouse may run meanwhile when no cluster of the control-plane kind has state there: see `hasControlPlanes`.
 * @param masterKey  whether the master key goes with it; without it, the restored folder needs GATEHOUSE_MASTER_KEY
 */
export async function writeSnapshot(data: string, file: string, { masterKey, now }: { masterKey: boolean; now: number }): Promise<void> {
  if (!existsSync(join(data, databaseName))) throw new SnapshotError(`the data folder ${data} holds no state`)
  // Beside the data, so that object files can be linked rather than copied.
  const stage = mkdtempSync(join(data, 'snapshot-'))
  try {
    stageDatabase(data, stage, masterKey)
    stageObjects(data, stage)
    for (const path of filesBelow(join(data, clustersName)).filter(path => !/\.(log|pid)$/.test(path)))
      copy(join(data, clustersName, path), join(stage, clustersName, path))
    const paths = filesBelow(stage)
    const files: { [path: string]: { size: number; sha256: string } } = {}
    for (const path of paths) files[path] = { size: lstatSync(join(stage, path)).size, sha256: await digestOf(join(stage, path)) }
    const manifest: Manifest = { format: 1, gatehouse: version, createdAt: new Date(now).toISOString(), files }
    writeFileSync(join(stage, 'manifest.json'), JSON.stringify(manifest, undefined, 1))
    const unfinished = `${resolve(file)}.new`
    rmSync(unfinished, { force: true })
    writeFileSync(unfinished, '', { mode: 0o600, flag: 'wx' })
    await create({ gzip: true, file: unfinished, cwd: stage, portable: true }, ['manifest.json', ...paths])
    renameSync(unfinished, resolve(file))
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** A key that is replaced meanwhile might not open the copy: the database is copied between two looks at the same key. */
function stageDatabase(data: string, stage: string, masterKey: boolean): void {
  const keyFile = join(data, masterKeyName)
  const read = () => (masterKey && existsSync(keyFile) ? readFileSync(keyFile, 'utf8') : undefined)
  for (;;) {
    const key = read()
    copySqliteDatabase(join(data, databaseName), join(stage, databaseName))
    if (key !== read()) {
      rmSync(join(stage, databaseName))
      continue
    }
    if (key !== undefined) writeFileSync(join(stage, masterKeyName), key, { mode: 0o600 })
    return
  }
}

/** Objects are never written twice, so a link is as good as a copy. One that is removed right now stays a minute longer than its row. */
function stageObjects(data: string, stage: string): void {
  for (const id of objectFilesOf(join(stage, databaseName))) {
    const path = join(objectsName, id.slice(0, 2), id)
    if (!existsSync(join(data, path))) throw new SnapshotError(`the object file ${path} is missing: restore the data folder from a backup`)
    mkdirSync(dirname(join(stage, path)), { recursive: true })
    linkSync(join(data, path), join(stage, path))
  }
}

/** Whether clusters of the control-plane kind have state of their own, which can only be copied while they do not run. */
export const hasControlPlanes = (data: string): boolean => filesBelow(join(data, clustersName)).length > 0

/**
 * Replaces the state of a data folder by a snapshot's, which is read and checked whole before anything is touched. Nobody may use the folder meanwhile.
 * @throws SnapshotError when the file is no snapshot, or damaged, or made by a newer Gatehouse
 */
export async function readSnapshot(file: string, data: string): Promise<void> {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const stage = mkdtempSync(join(data, 'restore-'))
  try {
    await unpack(file, stage)
    await check(file, stage)
    const names = stateNames.filter(name => existsSync(join(stage, name)))
    const replaced = names.includes(masterKeyName) ? stateNames : stateNames.filter(name => name !== masterKeyName)
    for (const name of [...replaced, `${databaseName}-wal`, `${databaseName}-shm`])
      rmSync(join(data, name), { recursive: true, force: true })
    for (const name of names) renameSync(join(stage, name), join(data, name))
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** Paths that a snapshot may hold: no name that leaves the folder or means something to another program. */
const allowedPath = /^(manifest\.json|gatehouse\.db|master\.key|objects\/[0-9a-f]{2}\/[0-9a-f]{32}|clusters\/[\w./-]+)$/
const isAllowed = (path: string) => allowedPath.test(path) && !path.split('/').includes('..')

async function unpack(file: string, stage: string): Promise<void> {
  let stranger: string | undefined
  try {
    await extract({
      file,
      cwd: stage,
      strict: true,
      filter(path, entry) {
        const known = isAllowed(path) && 'type' in entry && entry.type === 'File'
        if (!known) stranger ??= path
        return known
      },
    })
  } catch (problem) {
    throw new SnapshotError(`${file} cannot be read as a snapshot: ${(problem as Error).message}`)
  }
  if (stranger !== undefined) throw new SnapshotError(`${file} holds ${JSON.stringify(stranger.slice(0, 200))}, which no snapshot holds`)
}

async function check(file: string, stage: string): Promise<void> {
  const manifest = manifestOf(file, stage)
  const found = filesBelow(stage).filter(path => path !== 'manifest.json')
  const wanted = Object.keys(manifest.files)
  const missing = wanted.find(path => !found.includes(path)) ?? found.find(path => !wanted.includes(path))
  if (missing !== undefined) throw new SnapshotError(`${file} and its manifest differ about ${missing}`)
  for (const [path, { size, sha256 }] of Object.entries(manifest.files)) {
    const is = { size: lstatSync(join(stage, path)).size, sha256: await digestOf(join(stage, path)) }
    if (is.size !== size || is.sha256 !== sha256) throw new SnapshotError(`${file} is damaged: ${path} is not as it was written`)
  }
  checkSqliteDatabase(join(stage, databaseName))
}

function manifestOf(file: string, stage: string): Manifest {
  try {
    const manifest = JSON.parse(readFileSync(join(stage, 'manifest.json'), 'utf8')) as Manifest
    if (manifest.format === 1 && manifest.files[databaseName]) return manifest
  } catch {
    // Said below.
  }
  throw new SnapshotError(`${file} is no snapshot of Gatehouse, or of a newer one`)
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Paths of the files below a folder, from there, in order; none when there is no folder. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}
