/** Prints, once a command that serves is ready, where: as text for people, or with `--json` as one line for programs, which wait for it. */
export const printReady = ({ json = false }: { readonly json?: boolean }, place: object, text: string): void =>
  console.log(json ? JSON.stringify(place) : text)

/** Of commands that serve. */
export const readyJson = ['--json', 'print one line of JSON for programs when ready'] as const

/** Prints what a command came to: as text for people, or with `--json` as JSON for programs. */
export const printResult = ({ json = false }: { readonly json?: boolean }, result: object, text: string): void =>
  console.log(json ? JSON.stringify(result, undefined, 2) : text)
