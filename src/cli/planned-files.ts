import type { PlannedPlace } from '../analysis/graph/planned/effects.ts'
import { NotKnown, PlannedValues } from '../analysis/graph/planned/planned-values.ts'
import { withTemplate } from '../analysis/graph/planned/template.ts'
import { predictedOf } from '../analysis/graph/planned/template-predictions.ts'
import { isTerraformPlan, withTerraformPlan } from '../analysis/graph/planned/terraform.ts'
import { withChange } from '../analysis/graph/planned-change.ts'
import type { Snapshot } from '../analysis/graph/snapshot.ts'
import { evaluate, type Scope } from '../services/cloudformation/template/evaluate.ts'
import { parameterValues } from '../services/cloudformation/template/parameters.ts'
import { wantedResources } from '../services/cloudformation/template/dependencies.ts'
import { parseTemplate } from '../services/cloudformation/template/template.ts'
import { ServiceError } from '../wire/errors.ts'
import { parseArn } from '../types/arn.ts'
import { readNamedFile } from './named-file.ts'

/** Values of a template's parameters. */
export type TemplateParameters = { readonly [name: string]: string }

/**
 * A snapshot with a planned change as `--with` names it: SUBJECT=FILE, or a Terraform plan or CloudFormation template, alone or as ACCOUNT=FILE.
 * @throws Error when the file is not what it should be, or something that it must tell is not told
 */
export function withPlannedFile(snapshot: Snapshot, text: string, parameters: TemplateParameters): Snapshot {
  const [, subject, named] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  const isWhole = subject === undefined || /^\d{12}$/.test(subject)
  const source = isWhole ? (named ?? text) : (named ?? '')
  if (subject === '') throw new Error(`--with ${text}: give SUBJECT=FILE, or a plan or a template`)
  const content = readNamedFile(source)
  if (!isWhole) return withChange(snapshot, { subject, source, text: content })
  const account = subject ?? onlyAccount(snapshot)
  const region = parseArn(snapshot.clusters[0]?.arn ?? '')?.region ?? process.env['AWS_REGION'] ?? 'us-east-1'
  const plan = planIn(content)
  if (plan) return withTerraformPlan(snapshot, plan, source, { region, ...(account !== undefined && { account }) })
  if (account === undefined) throw new Error(`${source} is of which account? Give it as --with ACCOUNT=${source}`)
  return withTemplateText(snapshot, content, { source, place: { account, region }, parameters })
}

function planIn(content: string): { readonly [name: string]: unknown } | undefined {
  if (!content.trimStart().startsWith('{')) return undefined
  try {
    const document = JSON.parse(content) as { readonly [name: string]: unknown }
    return isTerraformPlan(document) ? document : undefined
  } catch {
    return undefined
  }
}

function onlyAccount({ users, roles }: Snapshot): string | undefined {
  const accounts = new Set([...users, ...roles].map(({ arn }) => parseArn(arn)?.account))
  return accounts.size === 1 ? [...accounts][0] : undefined
}

interface TemplateFile {
  readonly source: string
  readonly place: PlannedPlace
  readonly parameters: TemplateParameters
}

function withTemplateText(snapshot: Snapshot, content: string, { source, place, parameters }: TemplateFile): Snapshot {
  try {
    return withTemplate(snapshot, resourcesOf(content, place, parameters), source, place)
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem
    throw new Error(`${source}: ${problem.message}`, { cause: problem })
  }
}

function resourcesOf(content: string, { account, region }: PlannedPlace, parameters: TemplateParameters) {
  const template = parseTemplate(content)
  const given = Object.entries(parameters)
    .filter(([name]) => template.parameters.has(name))
    .map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }))
  const resources = new Map<string, { readonly ref: string; readonly attributes: { readonly [name: string]: string } }>()
  const scope: Scope = {
    template,
    parameters: parameterValues(template, given),
    pseudo: {
      'AWS::AccountId': account,
      'AWS::NotificationARNs': [],
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/planned/planned`,
      'AWS::StackName': 'planned',
      'AWS::URLSuffix': 'amazonaws.com',
    },
    resources,
    exports: new Map(),
  }
  const wanted = wantedResources(template, scope).map(({ logicalId, type, properties }) => ({
    logicalId,
    type,
    values: new PlannedValues(logicalId, name => known(() => evaluate(properties[name], scope), `${logicalId}.${name}`)),
  }))
  for (const { logicalId, type, values } of wanted) {
    const predicted = predictedOf(type, values, { account, region })
    if (predicted) resources.set(logicalId, predicted)
  }
  return wanted
}

/** What a function asks of a resource that is not made yet. */
function known<T>(work: () => T, what: string): T {
  try {
    return work()
  } catch (problem) {
    if (problem instanceof ServiceError) throw new NotKnown(`${what} is known after the deployment alone (${problem.message})`)
    throw problem
  }
}
