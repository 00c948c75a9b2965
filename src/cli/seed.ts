import { Command } from 'commander'
import { dirname, resolve } from 'node:path'
import { startRestartable } from '../server/restartable.ts'
import { parseSeed, type Seed } from '../server/seeds/seed.ts'
import { hasClientSettings } from '../server/client-settings.ts'
import { isInUse, sharedState } from '../server/snapshots/state-changes.ts'
import { dataFolder } from './data-folder.ts'
import { readNamedFile } from './named-file.ts'
import { printResult } from './result.ts'
import { giveUp, readOrExplain } from './server-options.ts'
import { askRunning, isShared, keepState } from './state.ts'

/** `gatehouse seed`: fills an account from a file. */
export function seedCommand(): Command {
  return new Command('seed')
    .description('make what a YAML file lists: CloudFormation stacks, calls, access keys with known secrets')
    .argument('<file>', 'see the guide "Snapshots and seeds"')
    .option('--data <folder>', 'the data folder (environment: GATEHOUSE_DATA)')
    .option('--keep', 'make what comes of it the state that "gatehouse reset" goes back to')
    .option('--json', 'as JSON')
    .action(async (file: string, options: { data?: string; keep?: boolean; json?: boolean }) => {
      const seed = readSeed(file)
      const data = dataFolder(options.data)
      const shared = isShared(data)
      if (shared && options.keep) throw new Error(sharedState)
      // Who holds a shared state open is not to be seen here: the node of this folder is asked.
      if (isInUse(data) || (shared && hasClientSettings(data))) await askRunning(data, { kind: 'seed', seed })
      else await seedStopped(options.data, seed)
      if (options.keep) await keepState(data)
      printResult(options, { data, file: resolve(file), kept: options.keep === true }, `seeded ${data} from ${file}`)
    })
}

/** The seed in a file, with the templates that it names beside it. @throws SeedError */
export function readSeed(file: string): Seed {
  const folder = dirname(resolve(file))
  return parseSeed(readNamedFile(file), path => readNamedFile(resolve(folder, path)))
}

/** On free ports, for as long as it takes. */
async function seedStopped(data: string | undefined, seed: Seed): Promise<void> {
  const configuration = readOrExplain({ port: '0', httpPort: '0', ...(data !== undefined && { data }) })
  if (!configuration) return
  const gatehouse = await startRestartable(configuration, giveUp)
  try {
    await gatehouse.seed(seed)
  } finally {
    await gatehouse.stop()
  }
}
