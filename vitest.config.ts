import { defineConfig } from 'vitest/config'

// Two cores: a file a worker, two workers. End-to-end suites start real processes, hence the long (but bounded) times.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    // `npm run test:cluster` has them.
    exclude: process.env['GATEHOUSE_TEST_CASSANDRA'] === undefined ? ['test/cluster/**'] : [],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
