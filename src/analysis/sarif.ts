/** How grave a result is, in SARIF's words. */
type Level = 'error' | 'warning' | 'note'

interface Rule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
  readonly help?: { readonly text: string }
  readonly defaultConfiguration: { readonly level: Level }
}

interface Result {
  readonly ruleId: string
  readonly level: Level
  readonly message: { readonly text: string }
  readonly locations: readonly object[]
}

/**
 * A log of one run of one tool. OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
 * @param tool  its name
 */
export const sarifLog = (tool: string, rules: readonly Rule[], results: readonly Result[]): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [{ tool: { driver: { name: tool, rules } }, results }],
})
