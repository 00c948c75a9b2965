import type { Command } from 'commander'

/** What the help of a command says beside its flags: how it is used, and what its exit codes mean. */
interface Page {
  /** A command line and what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[]
  /** Beside those of every command. */
  readonly exitCodes?: { readonly [code: string]: string }
  /** Why it has no `--json`, of those that have none. */
  readonly noJson?: string
}

/** Of every command. docs/operation.md, "Exit codes". */
export const everyExitCode: { readonly [code: string]: string } = {
  0: 'done',
  1: 'it failed; standard error says why, or the command line was wrong',
}

const found = (what: string) => ({ 3: what })
const wrongConfiguration = { 2: 'the configuration is wrong' }
const theCommands = { 'any other': 'the exit code of the command that was run' }

/** By the words of the command. A test holds them against the commands that there are. */
const pages: { readonly [command: string]: Page } = {
  start: {
    examples: [
      ['gatehouse start', 'on port 4443 (HTTPS) and 4480 (HTTP), with its state in ~/.local/share/gatehouse'],
      ['gatehouse start --config gatehouse.yaml --log-level info', 'as a file says, telling each refused call'],
    ],
    exitCodes: wrongConfiguration,
  },
  up: {
    examples: [
      ['gatehouse up --ephemeral --seed seed.yaml -- npm test', 'a Gatehouse for one test run, gone afterwards'],
      ['gatehouse up --ephemeral --json', 'stay until Ctrl-C; the variables for clients are the first line'],
    ],
    exitCodes: { ...wrongConfiguration, ...theCommands },
  },
  env: {
    examples: [
      ['eval "$(gatehouse env)"', 'point the AWS CLI and every SDK of this shell at Gatehouse, as its administrator'],
      ['gatehouse env --endpoint http://localhost:4480', 'the same for clients that reach it by a forwarded port'],
      ['gatehouse env --json', 'the same variables for a program'],
    ],
  },
  'configure-profile': {
    examples: [
      ['gatehouse configure-profile', 'then: aws --profile gatehouse sts get-caller-identity'],
      ['gatehouse configure-profile ci --role-arn arn:aws:iam::111122223333:role/ci', 'a profile that is a role'],
    ],
  },
  credentials: {
    examples: [['gatehouse credentials', 'what AWS clients read by credential_process']],
    noJson: 'what it prints is JSON, in the form of credential_process',
  },
  export: { examples: [['gatehouse export state.snapshot', 'everything, the master key included, in one file']] },
  restore: { examples: [['gatehouse restore --force state.snapshot', 'that state in place of what is there']] },
  reset: {
    examples: [
      ['gatehouse reset --keep', 'keep what is there now'],
      ['gatehouse reset', 'come back to it'],
    ],
  },
  seed: { examples: [['gatehouse seed --keep seed.yaml', 'stacks, calls and keys of the file, and what reset goes back to']] },
  'keys list': { examples: [['gatehouse keys list', 'which keys open the state']] },
  'keys rotate': {
    examples: [
      ['gatehouse keys rotate', 'another master key in the data folder'],
      ['gatehouse keys rotate --new-key-command "vault kv get -field=key secret/gatehouse"', 'one that is kept elsewhere'],
    ],
  },
  'keys renew': { examples: [['gatehouse keys renew', 'another data key, and everything sealed under it anew']] },
  'keys retire': {
    examples: [
      ['gatehouse keys retire 1f2e3d4c5b6a7988', 'that key opens nothing any more'],
      ['gatehouse keys retire first --end-sessions', 'nor does that data key, and sessions that it signed are over'],
    ],
  },
  run: {
    examples: [
      ['gatehouse run --cluster demo --service-account app -- aws s3 ls', 'as a pod of the service account, by a web identity token'],
      ['gatehouse run --cluster demo --service-account app --pod-identity -- ./app', 'the same by EKS Pod Identity'],
      ['gatehouse run --instance-profile web -- ./app', 'as a process on an EC2 instance'],
    ],
    exitCodes: theCommands,
    noJson: 'what is printed is the output of the command that is run',
  },
  agent: { examples: [['gatehouse agent --cluster demo', 'on 169.254.170.23:80, as the EKS Pod Identity Agent']] },
  'instance-metadata': { examples: [['gatehouse instance-metadata --instance i-0123456789abcdef0', 'on 169.254.169.254:80']] },
  'rds-proxy': {
    examples: [
      [
        'gatehouse rds-proxy --hostname orders.rds.localhost --dbi-resource-id db-ABCDEFGHIJKL01234 --upstream 127.0.0.1:5433',
        'a PostgreSQL that takes IAM tokens',
      ],
    ],
  },
  'irsa enable': {
    examples: [
      [
        'gatehouse irsa enable --cluster demo --service-account app --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
        'provider, role, trust policy and annotation',
      ],
      ['gatehouse irsa enable --cluster demo --service-account app --dry-run', 'show the calls alone'],
    ],
  },
  'irsa disable': { examples: [['gatehouse irsa disable --cluster demo --service-account app', 'take it away again']] },
  'irsa check': {
    examples: [['gatehouse irsa check --cluster demo --service-account app', 'each link from the annotation to the role']],
    exitCodes: { 1: 'a link is broken, or it failed' },
  },
  'irsa migrate': {
    examples: [
      [
        'gatehouse irsa migrate --from pods.json namespaces.json --issuer https://oidc.example.com --base-role-arn arn:aws:iam::111122223333:role/',
        'a plan; nothing is changed',
      ],
    ],
  },
  'issuer export': {
    examples: [['gatehouse issuer export --cluster demo --out site', 'files for a web server below the URL of the issuer']],
  },
  'issuer rotate': { examples: [['gatehouse issuer rotate --cluster demo --immediately', 'when a key has leaked']] },
  'cluster attach': {
    examples: [['gatehouse cluster attach --kubeconfig ~/.kube/config --name dev', 'then do as gatehouse-dev/INSTRUCTIONS.md says']],
  },
  'cluster doctor': {
    examples: [['gatehouse cluster doctor --kubeconfig ~/.kube/config --cluster dev', 'what of the attachment does not work']],
    exitCodes: { 1: 'something is wrong, or it failed' },
  },
  'cluster deployment': {
    examples: [
      ['gatehouse cluster deployment --service gatehouse/gatehouse --image gatehouse:1 | kubectl apply -f -', 'Gatehouse in a cluster'],
    ],
    noJson: 'what it prints is YAML, for kubectl apply',
  },
  simulate: {
    examples: [
      ['gatehouse simulate --policy policy.json --resource arn:aws:s3:::bucket/key s3:GetObject', 'before the policy is attached'],
    ],
    exitCodes: found('an action is not allowed'),
  },
  explain: {
    examples: [['gatehouse explain --principal arn:aws:iam::111122223333:user/ann iam:GetUser "*"', 'each policy and what it says']],
  },
  lint: {
    examples: [['gatehouse lint policy.json template.yaml', 'grammar, and findings as Access Analyzer words them']],
    exitCodes: found('there are findings of the kind that --fail-on names'),
  },
  diff: {
    examples: [['gatehouse diff old.json new.json', 'a request for each difference']],
    exitCodes: { 0: 'the new policy allows nothing that the old one does not', 3: 'it allows more', 4: 'whether it does is undetermined' },
  },
  trail: {
    examples: [
      ['gatehouse trail --pod shop/cart-1', 'what a pod did, by whichever role'],
      ['gatehouse trail --principal ann --follow', 'as it happens'],
    ],
  },
  'least-privilege': {
    examples: [['gatehouse least-privilege --principal deployer --since 30d', 'a policy of what it did and no more']],
    exitCodes: found('a call of the record would be refused under the policy'),
  },
  import: {
    examples: [['gatehouse import --out world.json details.json demo=rbac.json', 'then: gatehouse who-can --import world.json ...']],
  },
  'who-can': {
    examples: [
      ['gatehouse who-can s3:GetObject arn:aws:s3:::reports/q1.csv', 'of an action of AWS'],
      ['gatehouse who-can get secrets --namespace shop', 'of a verb of Kubernetes'],
    ],
  },
  'what-can': { examples: [['gatehouse what-can arn:aws:iam::111122223333:role/deployer', 'and whom it can become']] },
  path: {
    examples: [['gatehouse path alice admin', 'each step, and what allows it']],
    exitCodes: found('there is a path'),
  },
  escalations: {
    examples: [
      ['gatehouse escalations', 'who can become an administrator'],
      ['gatehouse escalations --rules', 'the rules that are tried'],
    ],
    exitCodes: found('somebody can'),
  },
  findings: {
    examples: [['gatehouse findings world.json', 'keys, queues, topics, functions, secrets, repositories and snapshots of exports']],
    exitCodes: found('something is shared with outsiders'),
  },
  test: {
    examples: [['gatehouse test access.yaml --junit results.xml', 'for CI']],
    exitCodes: found('an expectation does not hold'),
  },
  audit: {
    examples: [
      ['gatehouse audit --html audit.html', 'a page to read'],
      ['gatehouse audit --import world.json --sarif audit.sarif', 'of exports, for CI'],
    ],
    exitCodes: found('there are findings'),
  },
  coverage: { examples: [['gatehouse coverage --missing', 'what is not served']] },
  doctor: {
    examples: [
      ['gatehouse doctor', 'after something went wrong'],
      ['gatehouse doctor --json', 'for a program'],
    ],
    exitCodes: { 1: 'something is wrong, or it failed' },
  },
  completion: {
    examples: [
      ['source <(gatehouse completion bash)', 'in ~/.bashrc; zsh alike'],
      ['gatehouse completion fish | source', 'in fish'],
    ],
    noJson: 'what it prints is a script, for the shell',
  },
}

/** The page of a command: its own, with the exit codes of every command. Undefined for one that has none. */
export function manualPage(words: readonly string[]): (Page & { readonly exitCodes: { readonly [code: string]: string } }) | undefined {
  const page = pages[words.join(' ')]
  return page && { ...page, exitCodes: { ...everyExitCode, ...page.exitCodes } }
}

/** Puts examples and exit codes after the help of each command below one. */
export function addManual(command: Command, above: readonly string[] = []): void {
  for (const each of command.commands) {
    const words = [...above, each.name()]
    const page = manualPage(words) ?? pageOfGroup(words)
    if (page) each.addHelpText('after', `\n${textOf(page)}`)
    addManual(each, words)
  }
}

/** Of a group of commands: the examples of all of them. Undefined for what is no group. */
function pageOfGroup(words: readonly string[]): Page | undefined {
  const below = Object.entries(pages).filter(([name]) => name.startsWith(`${words.join(' ')} `))
  return below.length === 0
    ? undefined
    : {
        examples: below.flatMap(([, { examples }]) => examples),
        exitCodes: { ...everyExitCode, ...Object.assign({}, ...below.map(([, page]) => page.exitCodes)) },
      }
}

const textOf = ({ examples, exitCodes = {}, noJson }: Page): string =>
  [
    'Examples:',
    ...examples.flatMap(([line, what]) => [`  ${line}`, `      ${what}`]),
    '',
    'Exit codes:',
    ...Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padEnd(9)}  ${meaning}`),
    ...(noJson === undefined ? [] : ['', `No --json: ${noJson}.`]),
  ].join('\n')
