import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { policiesIn } from '../analysis/policy-files.ts'
import { type Answer, newAccess } from '../analysis/questions.ts'
import { describeRequest } from '../analysis/request-text.ts'
import type { Attachment } from '../analysis/witness.ts'
import { MalformedPolicyDocument, parsePolicy, type PolicyDocument } from '../policy/index.ts'
import { readNamedFile } from './named-file.ts'

interface DiffOptions {
  readonly type: string
  readonly json?: boolean
  readonly most: string
}

const kinds = ['identity', 'resource', 'trust'] as const
const exitCodes = { none: 0, found: 3, undetermined: 4 } as const

/** `gatehouse diff`: what a change of a policy newly allows and newly denies, each with a request that the engine decided. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('say what a new policy allows that the old one does not, and the other way round: gatehouse diff old.json new.json')
    .argument('<old>', 'a policy (JSON or YAML), or a template or plan with #NAME of a policy in it, as gatehouse lint names them')
    .argument('<new>', 'the same')
    .option('--type <type>', `what the policies are: ${kinds.join(', ')}`, 'identity')
    .option('--most <number>', 'statements to tell of, each way', '20')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nEnds with 0 when nothing is newly allowed, with 3 when something is, with 4 when that could not be determined.',
    )
    .action((oldFile: string, newFile: string, options: DiffOptions) => {
      const attachment = kinds.find(kind => kind === options.type)
      if (!attachment) throw new Error(`there is no policy type ${options.type}`)
      const [before, after] = [read(oldFile, attachment), read(newFile, attachment)]
      const limits = { witnesses: Math.max(1, Number(options.most) || 1) }
      const allowed = newAccess(before, after, attachment, limits)
      const denied = newAccess(after, before, attachment, limits)
      console.log(
        options.json
          ? JSON.stringify({ newlyAllowed: allowed, newlyDenied: denied }, undefined, 2)
          : [...section('Newly allowed', allowed, newFile), ...section('Newly denied', denied, oldFile)].join('\n'),
      )
      process.exitCode = exitCodes[allowed.outcome]
    })
}

function read(file: string, attachment: Attachment): PolicyDocument {
  try {
    return parsePolicy(textIn(file), attachment)
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    throw new Error(`${file}:${problem.position.line}:${problem.position.column}: ${problem.detail}`, { cause: problem })
  }
}

/** The text of a policy: JSON as it is, so that places in it are the file's. @throws Error when a file has several, and which is not said */
function textIn(source: string): string {
  const at = existsSync(source) ? source.length : source.lastIndexOf('#')
  const [file, name] = at < 0 ? [source, ''] : [source.slice(0, at), source.slice(at + 1)]
  const policies = policiesIn(readNamedFile(file))
  const [only, ...others] = name === '' ? policies : policies.filter(policy => policy.name === name)
  if (only && others.length === 0) return only.text
  const names = policies.map(policy => policy.name).join(', ')
  throw new Error(`${source}: one policy is wanted${names === '' ? '' : `: give it as ${file}#NAME, of ${names}`}`)
}

function section(title: string, answer: Answer, file: string): string[] {
  if (answer.outcome === 'none') return [`${title}: nothing, which is proved.`]
  if (answer.outcome === 'undetermined')
    return [`${title}: undetermined. Nothing was found, and that there is nothing could not be proved.`]
  return [
    `${title}:`,
    ...[...answer.witnesses]
      .sort((a, b) => a.statementIndex - b.statementIndex)
      .map(({ request, statementIndex, statementId, unknownAction }) => {
        const statement = statementId ? `${statementId} (statement ${statementIndex})` : `statement ${statementIndex}`
        return `  by ${statement} of ${file}, for example\n    ${describeRequest(request)}${unknownAction ? ' (no service has this action today)' : ''}`
      }),
  ]
}
