import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { request } from 'node:https'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { checkSqliteDatabase, masterKeyId, masterKeyIdsOf, parseMasterKey, readSecretFile } from '../store/index.ts'
import { readClientSettings } from './client-settings.ts'
import { isInUse } from './snapshots/state-changes.ts'

/** What one look found. */
export interface Finding {
  readonly state: 'well' | 'doubtful' | 'wrong'
  readonly what: string
  /** What to do about it. */
  readonly mend?: string
}

interface Patient {
  readonly data: string
  /** Epoch milliseconds. */
  readonly now: number
}

type Look = (patient: Patient) => Finding | undefined | Promise<Finding | undefined>

/** One entry a look, in the order in which trouble hides trouble. */
const looks: readonly Look[] = [folderRights, masterKey, database, space, clock, certificate, hostname, server]

/** Examines the data folder, and the Gatehouse that runs on it. @param now  epoch milliseconds */
export async function examine(data: string, now: number): Promise<readonly Finding[]> {
  if (!existsSync(join(data, 'gatehouse.db')))
    return [{ state: 'wrong', what: `the data folder ${data} holds no state`, mend: 'start Gatehouse, or name another folder with --data' }]
  const findings: Finding[] = []
  for (const look of looks) {
    const finding = await (async () => look({ data, now }))().catch(
      (problem: unknown): Finding => ({
        state: 'wrong',
        what: `${look.name}: ${(problem as Error).message}`,
      }),
    )
    if (finding) findings.push(finding)
  }
  return findings
}

function folderRights({ data }: Patient): Finding {
  const mode = statSync(data).mode & 0o077
  return mode === 0
    ? { state: 'well', what: `data folder ${data}, open to its owner alone` }
    : { state: 'wrong', what: `others may look into the data folder ${data}`, mend: `chmod 700 ${data}` }
}

function masterKey({ data }: Patient): Finding {
  const file = join(data, 'master.key')
  const given = process.env['GATEHOUSE_MASTER_KEY']
  if (given) {
    parseMasterKey(given, 'GATEHOUSE_MASTER_KEY')
    return { state: 'well', what: 'master key from the environment' }
  }
  if (!existsSync(file))
    return {
      state: 'doubtful',
      what: `no master key in ${file}`,
      mend: 'right where a command, a passphrase or GATEHOUSE_MASTER_KEY gives it at the start; otherwise restore a snapshot that has it',
    }
  if ((statSync(file).mode & 0o077) !== 0) return { state: 'wrong', what: `others may read ${file}`, mend: `chmod 600 ${file}` }
  const id = masterKeyId(parseMasterKey(readSecretFile(file), file))
  const wanted = keyIds(join(data, 'gatehouse.db'))
  return wanted.length === 0 || wanted.includes(id)
    ? { state: 'well', what: 'master key, readable by its owner alone' }
    : {
        state: 'wrong',
        what: `the master key in ${file} does not open this data folder: its id is ${id}, not ${wanted.join(' or ')}`,
        mend: 'put the key there that the folder was made with, or restore a snapshot that has it',
      }
}

/** Of a database that cannot be read nothing is known here: the next look tells of it. */
function keyIds(file: string): readonly string[] {
  try {
    return masterKeyIdsOf(file)
  } catch {
    return []
  }
}

function database({ data }: Patient): Finding {
  checkSqliteDatabase(join(data, 'gatehouse.db'))
  return { state: 'well', what: 'database, read from its first page to its last' }
}

const fewBytes = 256 * 1024 * 1024

async function space({ data }: Patient): Promise<Finding> {
  const { bavail, bsize } = await statfs(data)
  const megabytes = Math.floor((bavail * bsize) / (1024 * 1024))
  return bavail * bsize < fewBytes
    ? {
        state: 'wrong',
        what: `only ${megabytes} MB of disk are left`,
        mend: 'make room: without it every call fails, as none goes unrecorded',
      }
    : { state: 'well', what: `${megabytes} MB of disk left` }
}

/** Signatures are good for five minutes around the clock. */
const skewMilliseconds = 60_000

function clock({ data, now }: Patient): Finding {
  const written = statSync(join(data, 'gatehouse.db')).mtimeMs
  return written > now + skewMilliseconds
    ? {
        state: 'wrong',
        what: 'the clock is behind the last change of the database',
        mend: 'set the clock by NTP: signatures and sessions depend on it',
      }
    : { state: 'well', what: `clock at ${new Date(now).toISOString()}, not behind the database` }
}

const soonMilliseconds = 30 * 86_400_000

function certificate({ data, now }: Patient): Finding | undefined {
  const file = join(data, 'ca.pem')
  if (!existsSync(file)) return undefined
  const until = Date.parse(new X509Certificate(readFileSync(file)).validTo)
  const day = new Date(until).toISOString().slice(0, 10)
  if (until < now)
    return { state: 'wrong', what: `the certificate authority ended on ${day}`, mend: 'start Gatehouse on a new data folder and import' }
  return { state: until < now + soonMilliseconds ? 'doubtful' : 'well', what: `certificate authority good until ${day}` }
}

async function hostname({ data }: Patient): Promise<Finding | undefined> {
  const endpoint = endpointOf(data)
  if (!endpoint) return undefined
  const { hostname: name } = new URL(endpoint)
  try {
    const { address } = await lookup(name.replace(/^\[|\]$/g, ''))
    return { state: 'well', what: `${name} is ${address}` }
  } catch {
    return {
      state: 'wrong',
      what: `${name} cannot be resolved here`,
      mend: 'add it to DNS or /etc/hosts, or start with another --hostname',
    }
  }
}

async function server({ data }: Patient): Promise<Finding> {
  if (!isInUse(data)) return { state: 'doubtful', what: 'Gatehouse does not run on this folder', mend: 'gatehouse start' }
  const endpoint = endpointOf(data)
  const begun = performance.now()
  const answer = await get(`${endpoint}/_gatehouse/health`, readFileSync(join(data, 'ca.pem'), 'utf8'))
  return answer === 'ok\n'
    ? { state: 'well', what: `${endpoint} answers, in ${Math.round(performance.now() - begun)} ms` }
    : { state: 'wrong', what: `${endpoint} answers ${JSON.stringify(answer.slice(0, 80))}`, mend: 'look at the log of Gatehouse' }
}

function endpointOf(data: string): string | undefined {
  try {
    return readClientSettings(data).endpoint
  } catch {
    return undefined
  }
}

const answerMilliseconds = 5_000

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, timeout: answerMilliseconds }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer in ${answerMilliseconds} ms`)))
    asked.on('error', reject)
    asked.end()
  })
}
