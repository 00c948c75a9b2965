import { fileURLToPath } from 'node:url'
import { createConsoleSessions } from '../../services/signin/console-sessions.ts'
import { createKeyRegistration } from '../../services/signin/security-keys.ts'
import { createSignIn } from '../../services/signin/sign-in.ts'
import type { World } from '../../services/world.ts'
import type { Configuration } from '../configuration.ts'
import type { ConsoleParts } from './console-parts.ts'
import { serveStaticFiles } from './static-files.ts'

/** What Vite builds lies beside the bundle; sources find it where the build puts it. */
const consoleFolder = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../../dist/console/' : './console/', import.meta.url))

/** The parts of the console's own server, as a configuration wants them. */
export function consoleOf(world: World, configuration: Configuration, now: () => number): ConsoleParts {
  const lockMilliseconds = configuration.signInLockSeconds * 1000
  return {
    world,
    signIn: createSignIn(world, {
      ofUser: { most: configuration.signInAttempts, lockMilliseconds },
      ofAddress: { most: configuration.signInAttemptsPerAddress, lockMilliseconds },
    }),
    sessions: createConsoleSessions(world, configuration.consoleIdleSeconds * 1000),
    keys: createKeyRegistration(world),
    files: serveStaticFiles(consoleFolder),
    now,
  }
}
