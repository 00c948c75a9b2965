import type { ConsoleSessions } from '../../services/signin/console-sessions.ts'
import type { KeyRegistration } from '../../services/signin/security-keys.ts'
import type { SignIn } from '../../services/signin/sign-in.ts'
import type { World } from '../../services/world.ts'
import type { StaticFiles } from './static-files.ts'

export interface ConsoleParts {
  readonly world: World
  readonly signIn: SignIn
  readonly sessions: ConsoleSessions
  readonly keys: KeyRegistration
  readonly files: StaticFiles
  readonly now: () => number
}
