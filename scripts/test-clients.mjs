// Installs the real clients that the tests use (AWS CLI and boto3 from PyPI, into a virtual environment in the cache folder)
// and prints the folder with their commands on the last line of standard output. Progress goes to standard error.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, contentKey } from './cache-folder.mjs'

const requirements = fileURLToPath(new URL('../test/clients/requirements.txt', import.meta.url))

/** @returns the folder that holds `aws` (v1) and `python` with boto3 */
export function installClients() {
  const folder = join(cacheFolder, 'clients', contentKey(readFileSync(requirements)))
  const done = join(folder, '.complete')
  if (!existsSync(done)) {
    console.error(`installing the AWS CLI and boto3 into ${folder}`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    run('python3', ['-m', 'venv', folder])
    run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '--requirement', requirements])
    writeFileSync(`${done}.new`, '')
    renameSync(`${done}.new`, done)
  }
  return join(folder, 'bin')
}

/**
 * The AWS CLI version 2, which no package registry for Python carries: the one on this machine, or Debian's package where apt can install it.
 * @returns its path, or undefined when there is none and none can be had
 */
export function findCliVersion2() {
  const found = version2At('/usr/bin/aws') ?? version2At('/usr/local/bin/aws')
  if (found || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found
  console.error("installing Debian's awscli package (AWS CLI version 2)")
  const apt = (...words) =>
    spawnSync('apt-get', ['-qq', '-y', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  apt('update')
  apt('install', '--no-install-recommends', 'awscli')
  return version2At('/usr/bin/aws')
}

function version2At(path) {
  if (!existsSync(path)) return undefined
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith('aws-cli/2.') ? path : undefined
}

function run(command, words) {
  const { status, error } = spawnSync(command, words, { stdio: ['ignore', 2, 2] })
  if (error || status !== 0) throw new Error(`${command} ${words.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.error(`AWS CLI version 2: ${findCliVersion2() ?? 'not to be had'}`)
  console.log(installClients())
}
