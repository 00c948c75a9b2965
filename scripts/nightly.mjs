// `npm run nightly`: the random and the violent tests with many more cases than `npm test` has time for, and what is known of our dependencies. docs/testing.md tells what it takes.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const suites = ['test/policy', 'test/e2e/crash.test.ts', 'test/cluster-access/rbac.test.ts', '--testTimeout=7200000']
const environment = { GATEHOUSE_PROPERTY_CASES: '1000000', CRASH_KILLS: '1000', GATEHOUSE_RBAC_REVIEWS: '100000' }
const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('test.mjs', import.meta.url)), ...suites], {
  stdio: 'inherit',
  env: { ...environment, ...process.env },
})
const fuzz = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('fuzz.mjs', import.meta.url)), '--cases', process.env.GATEHOUSE_FUZZ_CASES ?? '10000000'],
  {
    stdio: 'inherit',
  },
)
/** Known weaknesses of what runs in Gatehouse's process. Where the registry tells none, that is said, and is no failure: docs/dependencies.md. */
function audit() {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' })
  const { metadata, message } = JSON.parse(stdout || '{"message":"npm audit said nothing"}')
  if (!metadata) {
    console.warn(`npm audit could not be asked: ${message}`)
    return 0
  }
  const { moderate, high, critical } = metadata.vulnerabilities
  console.log(`npm audit: ${critical} critical, ${high} high, ${moderate} moderate`)
  return moderate + high + critical > 0 ? 1 : 0
}

process.exitCode = status || (fuzz.status ?? 1) || audit()
