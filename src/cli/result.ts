/** Prints what a command came to: as text for people, or with `--json` as JSON for programs. */
export const printResult = ({ json = false }: { readonly json?: boolean }, result: object, text: string): void =>
  console.log(json ? JSON.stringify(result, undefined, 2) : text)
