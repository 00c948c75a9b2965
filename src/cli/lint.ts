import { Command } from 'commander'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { policiesIn, type FoundPolicy, policyUses } from '../analysis/policy-files.ts'
import { sarifLog } from '../analysis/sarif.ts'
import { checks, type Finding } from '../analysis/validation/finding.ts'
import { validatePolicy } from '../analysis/validation/validate.ts'
import { exitCodeOfFindings } from './exit-codes.ts'
import { readNamedFile } from './named-file.ts'

interface LintOptions {
  readonly json?: boolean
  readonly sarif?: boolean
  readonly type?: string
  readonly failOn: string
}

/** Findings of one policy. */
interface Linted extends FoundPolicy {
  readonly file: string
  readonly findings: readonly Finding[]
}

const grades = ['ERROR', 'SECURITY_WARNING', 'WARNING', 'SUGGESTION'] as const
const gradeOptions = { error: 1, security: 2, warning: 3, suggestion: 4, never: 0 } as const

/** `gatehouse lint`: the checks of ValidatePolicy on files. IAM User Guide, "IAM policy validation check reference". */
export function lintCommand(): Command {
  return new Command('lint')
    .description('check policies in files against grammar and best practices: gatehouse lint policy.json template.yaml plan.json')
    .argument('<file...>', 'policies (JSON or YAML), CloudFormation templates, Terraform plans (terraform show -json)')
    .option('--type <type>', `what files that are a policy are for: ${Object.keys(policyUses).join(', ')}; guessed when left out`)
    .option(
      '--fail-on <grade>',
      `the least grade that ends with ${exitCodeOfFindings}: ${Object.keys(gradeOptions).join(', ')}`,
      'security',
    )
    .option('--json', 'as JSON')
    .option('--sarif', 'as SARIF 2.1.0, for code scanning')
    .addHelpText(
      'after',
      `\nEnds with 0 when nothing of that grade is found, with ${exitCodeOfFindings} otherwise, with 1 when a file cannot be read.`,
    )
    .action((files: string[], options: LintOptions) => {
      if (options.type !== undefined && !Object.hasOwn(policyUses, options.type)) throw new Error(`there is no policy type ${options.type}`)
      if (!Object.hasOwn(gradeOptions, options.failOn)) throw new Error(`there is no grade ${options.failOn}`)
      const linted = files.flatMap(file => lintFile(file, options.type))
      console.log(options.sarif ? JSON.stringify(sarifOf(linted), undefined, 2) : options.json ? jsonOf(linted) : readable(linted))
      const failing = grades.slice(0, gradeOptions[options.failOn as keyof typeof gradeOptions])
      if (linted.some(({ findings }) => findings.some(({ findingType }) => failing.includes(findingType))))
        process.exitCode = exitCodeOfFindings
    })
}

function lintFile(file: string, type: string | undefined): Linted[] {
  const text = readNamedFile(file)
  return policiesOf(file, text, type).map(policy => ({ ...policy, file, findings: validatePolicy(policy.text, policy.use) }))
}

/** @throws Error that names the file: there may be many */
function policiesOf(file: string, text: string, type: string | undefined): FoundPolicy[] {
  try {
    return policiesIn(text, type)
  } catch (problem) {
    throw new Error(`${file}: ${(problem as Error).message}`, { cause: problem })
  }
}

const jsonOf = (linted: readonly Linted[]): string =>
  JSON.stringify(
    linted.map(({ file, name, use, findings }) => ({ file, policy: name, policyType: use.policyType, findings })),
    undefined,
    2,
  )

function readable(linted: readonly Linted[]): string {
  const lines = linted.flatMap(policy =>
    policy.findings.map(finding => {
      const { line, column } = policy.placeOf(finding.locations[0])
      const where = policy.name === '' ? '' : ` (${policy.name})`
      return `${policy.file}:${line}:${column}: ${finding.findingType.toLowerCase().replace('_', ' ')}: ${finding.findingDetails} [${finding.issueCode}]${where}`
    }),
  )
  const count = (noun: string, number: number) => `${number} ${noun}${number === 1 ? '' : 's'}`
  return [...lines, `${count('finding', lines.length)} in ${count('policy', linted.length).replace('policys', 'policies')}`].join('\n')
}

const levels = { ERROR: 'error', SECURITY_WARNING: 'warning', WARNING: 'warning', SUGGESTION: 'note' } as const

function sarifOf(linted: readonly Linted[]): object {
  const codes = [...new Map(checks.map(check => [check.code, check])).values()]
  const rules = codes.map(({ code, title, type }) => ({
    id: code,
    shortDescription: { text: title },
    defaultConfiguration: { level: levels[type] },
  }))
  const results = linted.flatMap(policy =>
    policy.findings.map(finding => {
      const { line, column } = policy.placeOf(finding.locations[0])
      return {
        ruleId: finding.issueCode,
        level: levels[finding.findingType],
        message: { text: policy.name === '' ? finding.findingDetails : `${policy.name}: ${finding.findingDetails}` },
        locations: [
          { physicalLocation: { artifactLocation: { uri: uriOf(policy.file) }, region: { startLine: line, startColumn: column } } },
        ],
      }
    }),
  )
  return sarifLog('gatehouse lint', rules, results)
}

/** Relative paths stay relative, so that code scanning finds the file in the repository. */
const uriOf = (file: string): string => (file.startsWith('/') ? pathToFileURL(resolve(file)).href : encodeURI(file.replaceAll('\\', '/')))
