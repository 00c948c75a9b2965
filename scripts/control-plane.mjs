// Finds or builds kube-apiserver and etcd, and prints the folder that holds them on the last line of standard output.
// KUBEBUILDER_ASSETS wins when it has both; otherwise they are built from the Go module in test/control-plane into the cache folder,
// once for each state of that module (several minutes on a small machine, then a few milliseconds). Progress goes to standard error.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, contentKey } from './cache-folder.mjs'

const module = fileURLToPath(new URL('../test/control-plane', import.meta.url))
const commands = ['etcd', 'kube-apiserver']

/**
 * @returns the folder that holds `kube-apiserver` and `etcd`
 * @throws  Error that tells what to install or to set when they cannot be built
 */
export function controlPlaneAssets() {
  const given = process.env.KUBEBUILDER_ASSETS
  if (given) {
    if (holdsAll(given)) return given
    console.error(`KUBEBUILDER_ASSETS (${given}) does not hold ${commands.join(' and ')}; they are built instead`)
  }
  const folder = join(cacheFolder, 'control-plane', keyOfSources())
  if (!holdsAll(folder)) build(folder)
  return folder
}

const holdsAll = folder => commands.every(name => existsSync(join(folder, name)))

const source = path => readFileSync(join(module, path), 'utf8')

const keyOfSources = () =>
  contentKey(source('go.sum'), source('go.mod'), ...commands.map(name => source(`cmd/${name}/main.go`)), process.platform, process.arch)

/** Builds beside the folder, then renames: whoever finds the folder finds it whole, and of two builders one wins. */
function build(folder) {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(source('go.mod'))?.[1]
  if (!version) throw new Error(`${join(module, 'go.mod')} does not require k8s.io/kubernetes`)
  console.error(`building kube-apiserver ${version} and etcd into ${folder}: some minutes the first time`)
  mkdirSync(join(folder, '..'), { recursive: true })
  const building = mkdtempSync(`${folder}.building-`)
  try {
    for (const name of commands) {
      console.error(`  ${name}`)
      go([
        'build',
        '-mod=readonly',
        '-trimpath',
        '-buildvcs=false',
        `-ldflags=${linkerFlags(version)}`,
        '-o',
        join(building, name),
        `./cmd/${name}`,
      ])
    }
    renameOrYield(building, folder)
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
}

/** What the official build stamps, so that clients are told the true version. kubernetes/hack/lib/version.sh. */
function linkerFlags(version) {
  const [major, minor] = version.slice(1).split('.')
  const facts = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const stamps = Object.entries(facts).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  return ['-s', '-w', ...stamps].join(' ')
}

function go(words) {
  // The lowest priority: a developer's machine and other tests go first.
  const [command, ...before] = process.platform === 'win32' ? ['go'] : ['nice', '-n', '19', 'go']
  const { status, signal, error } = spawnSync(command, [...before, ...words], {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 2, 2],
  })
  if (error?.code === 'ENOENT' || status === 127) throw new Error(`go was not found. ${advice}`)
  if (error || status !== 0) throw new Error(`go ${words[0]} failed (${error?.message ?? signal ?? `exit code ${status}`}). ${advice}`)
}

const advice =
  'kube-apiserver and etcd are built with Go 1.25 or later (https://go.dev/dl); or set KUBEBUILDER_ASSETS to a folder that holds both.'

function renameOrYield(from, to) {
  try {
    renameSync(from, to)
  } catch (problem) {
    if (!holdsAll(to)) throw problem
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(controlPlaneAssets())
  } catch (problem) {
    console.error(problem.message)
    process.exitCode = 1
  }
}
