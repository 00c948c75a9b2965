import { Command } from 'commander'
import { openClient } from './client.ts'
import { type Changes, disableChanges, enableChanges } from './irsa-changes.ts'
import { type CheckOptions, checkChain } from './irsa-check.ts'
import { BrokenLink } from './irsa-links.ts'
import { migrate, type MigrateOptions } from './irsa-migrate.ts'
import { type IrsaOptions, openTarget } from './irsa-target.ts'
import { printResult } from './result.ts'

interface EnableCommandOptions extends IrsaOptions {
  readonly policyArn?: readonly string[]
  readonly roleName?: string
  readonly audience?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `gatehouse irsa`: roles for service accounts, by the same public calls that anybody could make by hand. */
export function irsaCommand(): Command {
  const irsa = new Command('irsa').description('IAM roles for service accounts: give one, take it away, find what keeps it from working')
  aimed(irsa.command('enable'))
    .description('give a service account a role: provider, role, trust policy, policies and annotation, as far as they are not there')
    .option('--policy-arn <arn...>', 'managed policies for the role')
    .option('--role-name <name>', 'role; without, CLUSTER-NAMESPACE-SERVICEACCOUNT')
    .option('--audience <audience>', "audience of the pods' tokens, when not sts.amazonaws.com")
    .option('--dry-run', 'show each call, and make none that changes anything')
    .action(async ({ policyArn = [], roleName, audience, dryRun, json, ...options }: EnableCommandOptions) => {
      const target = await openTarget(openClient(options.data), options)
      const asked = { policyArn, ...(roleName !== undefined && { roleName }), ...(audience !== undefined && { audience }) }
      await perform(await enableChanges(target, asked), { dryRun, json })
    })
  aimed(irsa.command('disable'))
    .description('take the role away: the annotation, and the role and provider that enable made and nobody else uses')
    .option('--dry-run', 'show each call, and make none that changes anything')
    .action(async ({ dryRun, json, ...options }: IrsaOptions & Performing) => {
      await perform(await disableChanges(await openTarget(openClient(options.data), options)), { dryRun, json })
    })
  aimed(irsa.command('check'))
    .description('follow the way from the service account to its role, and name the first link that is broken')
    .option('--sdk <name@version>', 'SDK of the program, such as boto3@1.9.100')
    .action(async (options: CheckOptions & { readonly json?: boolean }) => {
      process.exitCode = await (options.json ? checkAsJson(options) : check(options))
    })
  irsa
    .command('migrate')
    .description('plan the way from kiam or kube2iam to roles for service accounts; changes nothing')
    .option('--cluster <name>', 'cluster whose annotations are read')
    .option('--from <files...>', 'files of "kubectl get -o json", instead of the cluster')
    .option('--issuer <url>', "the cluster's OpenID Connect issuer, with --from")
    .option('--base-role-arn <arn>', "what goes before roles that are no ARNs, as the daemon has it; without, the caller's account")
    .option('--json', 'as JSON')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .action((options: MigrateOptions) => migrate(options))
  return irsa
}

const aimed = (command: Command): Command =>
  command
    .requiredOption('--cluster <name>', 'cluster')
    .option('--namespace <name>', 'namespace', 'default')
    .requiredOption('--service-account <name>', 'service account')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option('--json', 'as JSON')

interface Performing {
  readonly dryRun?: boolean | undefined
  readonly json?: boolean | undefined
}

/** Shows each call before it is made. */
async function perform({ changes, notes }: Changes, { dryRun = false, json = false }: Performing): Promise<void> {
  const say = (line: string) => (json ? undefined : console.log(line))
  for (const note of notes) say(`# ${note}`)
  for (const { show, run } of changes) {
    say(show)
    if (!dryRun) await run()
  }
  if (changes.length === 0) say('# nothing to do')
  if (json) printResult({ json }, { calls: changes.map(({ show }) => show), notes, made: !dryRun }, '')
}

async function check(options: CheckOptions): Promise<number> {
  try {
    for await (const { link, holds, warning } of checkChain(openClient(options.data), options)) {
      console.log(`ok      ${link}: ${holds}`)
      if (warning !== undefined) console.log(`warning ${link}: ${warning}`)
    }
    return 0
  } catch (problem) {
    if (!(problem instanceof BrokenLink)) throw problem
    console.log(`broken  ${problem.link}: ${problem.message}`)
    console.log(`        ${problem.advice}`)
    return 1
  }
}

async function checkAsJson(options: CheckOptions): Promise<number> {
  const links: object[] = []
  try {
    for await (const link of checkChain(openClient(options.data), options)) links.push(link)
    printResult({ json: true }, { links }, '')
    return 0
  } catch (problem) {
    if (!(problem instanceof BrokenLink)) throw problem
    printResult({ json: true }, { links, broken: { link: problem.link, problem: problem.message, advice: problem.advice } }, '')
    return 1
  }
}
