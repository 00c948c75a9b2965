// Installs and builds the real clients that the tests use, in the cache folder, each once for each state of its sources. Progress goes to standard error.
// Run by itself it prints the variables that the tests read, for a shell: eval "$(node scripts/test-clients.mjs)".
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, contentKey } from './cache-folder.mjs'

const sources = fileURLToPath(new URL('../test/clients/', import.meta.url))

/** Programs of Debian's that tests look for in its place. */
const others = { zsh: 'a shell, for its completion', fish: 'a shell, for its completion', buildah: 'it builds the container image' }

/** @returns the variables that tell the tests where their clients are */
export function installClients() {
  const cliVersion2 = findCliVersion2()
  const chromium = findChromium()
  // Where they cannot be had, the tests that ask for them are skipped.
  for (const [program, what] of Object.entries(others)) if (!existsSync(`/usr/bin/${program}`)) installDebian(program, what)
  return {
    GATEHOUSE_TEST_CLIENTS: join(installPython(), 'bin'),
    GATEHOUSE_TEST_GO_CLIENTS: buildGo('go-clients', 'the programs over the AWS SDK for Go', 'go'),
    GATEHOUSE_TEST_GO_KUBERNETES: buildGo('go-kubernetes', 'the programs over client-go and aws-iam-authenticator', 'go-kubernetes'),
    GATEHOUSE_TEST_JAVA_CLIENTS: buildJava(),
    GATEHOUSE_TEST_HELM: buildHelm(),
    ...(cliVersion2 && { GATEHOUSE_TEST_AWS_CLI_V2: cliVersion2 }),
    ...(chromium && { GATEHOUSE_TEST_CHROMIUM: chromium }),
  }
}

/** A virtual environment with the AWS CLI (version 1), boto3 and the Kubernetes client. */
const installPython = () =>
  once('clients', 'the AWS CLI, boto3 and the Kubernetes client', 'python', folder => {
    run('python3', ['-m', 'venv', folder])
    run(join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      join(sources, 'python/requirements.txt'),
    ])
  })

/** A module's programs, one a folder. */
const buildGo = (name, what, module) =>
  once(name, what, module, folder =>
    run('go', ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', `${folder}/`, './...'], {
      cwd: join(sources, module),
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    }),
  )

/** Helm, from its own module: some minutes the first time. */
const buildHelm = () =>
  join(
    once('helm', 'helm', 'helm', folder =>
      run('go', ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', `${folder}/helm`, 'helm.sh/helm/v3/cmd/helm'], {
        cwd: join(sources, 'helm'),
        env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
      }),
    ),
    'helm',
  )

/** Programs over the AWS SDK for Java 2: `classes` and `lib`. */
const buildJava = () =>
  once('java-clients', 'the programs over the AWS SDK for Java', 'java', folder => {
    const cwd = join(sources, 'java')
    run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}/lib`], { cwd })
    const programs = filesBelow(join(cwd, 'src')).filter(file => file.endsWith('.java'))
    run('javac', ['--release', '17', '-Xlint:all,-options', '-Werror', '-d', `${folder}/classes`, '-cp', `${folder}/lib/*`, ...programs])
  })

/** @returns the folder of Apache Cassandra's jars, for `npm run test:cluster` */
export const installCassandra = () =>
  once('cassandra', 'Apache Cassandra', 'cassandra', folder =>
    run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`], {
      cwd: join(sources, 'cassandra'),
    }),
  )

/** @returns the folder of Patroni's Python modules, for `npm run test:cluster` */
export const installPatroni = () =>
  once('patroni', 'Patroni', 'patroni', folder =>
    run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--target',
      folder,
      '--requirement',
      join(sources, 'patroni/requirements.txt'),
    ]),
  )

/** Makes a folder of the cache when it is not there for these sources. Marked when whole, so that a broken run is begun anew. */
function once(name, what, language, make) {
  const files = filesBelow(join(sources, language))
  const folder = join(cacheFolder, name, contentKey(...files.map(file => readFileSync(file))))
  const done = join(folder, '.complete')
  if (!existsSync(done)) {
    console.error(`installing ${what} into ${folder}`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    make(folder)
    writeFileSync(`${done}.new`, '')
    renameSync(`${done}.new`, done)
  }
  return folder
}

const filesBelow = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .toSorted()

/**
 * The AWS CLI version 2, which no package registry for Python carries: the one on this machine, or Debian's package where apt can install it.
 * @returns its path, or undefined when there is none and none can be had
 */
function findCliVersion2() {
  const found = version2At('/usr/bin/aws') ?? version2At('/usr/local/bin/aws')
  return found ?? (installDebian('awscli', 'AWS CLI version 2') ? version2At('/usr/bin/aws') : undefined)
}

/** Chromium, for the console: the one on this machine, or Debian's package where apt can install it. */
function findChromium() {
  const path = '/usr/bin/chromium'
  if (!existsSync(path)) installDebian('chromium', 'Chromium')
  return existsSync(path) ? path : undefined
}

let listed = false

/** @returns false where apt cannot install anything */
function installDebian(name, what) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  console.error(`installing Debian's ${name} package (${what})`)
  const apt = (...words) =>
    spawnSync('apt-get', ['-qq', '-y', ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  if (!listed) apt('update')
  listed = true
  apt('install', '--no-install-recommends', name)
  return true
}

function version2At(path) {
  if (!existsSync(path)) return undefined
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith('aws-cli/2.') ? path : undefined
}

function run(command, words, options) {
  const { status, error } = spawnSync(command, words, { stdio: ['ignore', 2, 2], ...options })
  if (error?.code === 'ENOENT') throw new Error(`${command} was not found; docs/testing.md tells what the tests need`)
  if (error || status !== 0) throw new Error(`${command} ${words.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, value] of Object.entries(installClients())) console.log(`export ${name}=${value}`)
