import { putSetting, settingOf } from '../identity/account-settings.ts'
import { endConsoleSessionsOf } from '../identity/console-sessions.ts'
import { hashPassword, isPassword } from '../identity/passwords.ts'
import type { Store } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import type { Configuration } from './configuration.ts'

/**
 * Gives the first account's root user the e-mail address and password that the configuration says. A password that was given before is not given again: the
 * root user may have chosen another since.
 */
export async function keepRootUser(
  store: Store,
  account: string,
  { rootEmail, rootPassword }: Pick<Configuration, 'rootEmail' | 'rootPassword'>,
  random: Random,
  now: number,
): Promise<void> {
  if (rootEmail !== undefined)
    await store.write(tx => tx.updateTable('accounts').set({ rootEmail: rootEmail.toLowerCase() }).where('id', '=', account).execute())
  if (rootPassword === undefined) return
  const known = await store.read(tx => settingOf(tx, account, 'rootPassword'))
  if (known?.configuredHash !== undefined && (await isPassword(rootPassword, known.configuredHash))) return
  const hash = await hashPassword(rootPassword, random)
  await store.write(async tx => {
    await putSetting(tx, account, 'rootPassword', { hash, changedAt: now, configuredHash: hash })
    await endConsoleSessionsOf(tx, account, now)
  })
}
