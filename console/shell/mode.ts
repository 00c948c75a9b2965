import { applyMode, Mode } from '@cloudscape-design/global-styles'

const kept = 'gatehouse-mode'

/** Dark or light: as chosen here, else as the system prefers. */
export const isDark = () =>
  (localStorage.getItem(kept) ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'

export const applyKeptMode = () => applyMode(isDark() ? Mode.Dark : Mode.Light)

export function chooseMode(dark: boolean): void {
  localStorage.setItem(kept, dark ? 'dark' : 'light')
  applyKeptMode()
}
