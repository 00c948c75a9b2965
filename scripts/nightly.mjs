// `npm run nightly`: the random and the violent tests with many more cases than `npm test` has time for. docs/testing.md tells what it takes.
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
process.exitCode = status || (fuzz.status ?? 1)
