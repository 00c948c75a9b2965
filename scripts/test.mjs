// `npm test`: everything that must hold, on a fresh machine. Installs the real clients and builds the real control plane first (kept in
// the cache folder), then runs the checks and all suites, and ends with one line that counts them.
// `npm test -- FILES` runs those suites alone, without the checks.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'
import { checks } from './checks.mjs'
import { controlPlaneAssets } from './control-plane.mjs'
import { installClients } from './test-clients.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const suites = process.argv.slice(2)
let passed = 0
let failed = 0
let skipped = 0

const say = text => console.log(`\n== ${text}`)

say('the real clients: AWS CLI, boto3, the SDKs for Go and Java')
const clients = installClients()
console.log(
  Object.entries(clients)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n'),
)
if (!clients.GATEHOUSE_TEST_AWS_CLI_V2) console.log('AWS CLI version 2 is not to be had here; its tests are skipped')
if (!clients.GATEHOUSE_TEST_CHROMIUM) console.log('Chromium is not to be had here; the tests of the console are skipped')
say('the real control plane: kube-apiserver and etcd')
const assets = controlPlaneAssets()
console.log(assets)
say('build')
await build()

if (suites.length === 0)
  for (const [name, words] of checks) {
    say(`check: ${name}`)
    const { status } = spawnSync(join(root, 'node_modules/.bin', words[0]), words.slice(1), { cwd: root, stdio: 'inherit' })
    if (status === 0) passed++
    else failed++
  }

say('suites')
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-report-'))
const report = join(folder, 'report.json')
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...suites],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ...clients,
      GATEHOUSE_TEST_CONTROL_PLANE: assets,
    },
  },
)
try {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  passed += numPassedTests
  failed += numFailedTests
  skipped += numPendingTests
  // A file that could not even be loaded has no tests to fail.
  failed += testResults.filter(({ status: outcome, assertionResults }) => outcome === 'failed' && assertionResults.length === 0).length
  if (numPassedTests === 0 || (status !== 0 && numFailedTests === 0 && numFailedTestSuites === 0)) failed++
} catch (problem) {
  console.error(`no report: ${problem.message}`)
  failed++
}
rmSync(folder, { recursive: true, force: true })
if (status !== 0 && failed === 0) failed++

console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1
