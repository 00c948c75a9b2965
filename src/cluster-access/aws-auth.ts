import { type Document, isMap, isSeq, parseDocument } from 'yaml'

/** Whom a principal is in the cluster; placeholders are not filled in yet. */
export interface Mapping {
  readonly username: string
  readonly groups: readonly string[]
}

/** The `data` of the ConfigMap `aws-auth` in `kube-system`. EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap". */
export interface AwsAuthData {
  readonly mapRoles?: string
  readonly mapUsers?: string
  readonly mapAccounts?: string
}

/** The ConfigMap, read. */
export interface AwsAuth {
  /** By ARN in lower case: IAM's names differ by more than case. */
  readonly roles: ReadonlyMap<string, Mapping>
  readonly users: ReadonlyMap<string, Mapping>
  readonly accounts: ReadonlySet<string>
  /** What was left out, and why. */
  readonly problems: readonly string[]
}

const longestSection = 1_048_576
/** Lines stay as long as they are. */
const yamlStyle = { lineWidth: 0, flowCollectionPadding: false } as const

/** Reads the ConfigMap. A bad entry is left out and told of; the others hold, so that a slip does not lock everyone out. */
export function parseAwsAuth(data: AwsAuthData): AwsAuth {
  const problems: string[] = []
  return {
    roles: mappingsOf('mapRoles', data.mapRoles, 'rolearn', /^arn:aws[a-z-]*:iam::\d{12}:role\/[^/]+$/, problems),
    users: mappingsOf(
      'mapUsers',
      data.mapUsers,
      'userarn',
      /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:user\/.+|root)|sts::\d{12}:federated-user\/.+)$/,
      problems,
    ),
    accounts: accountsOf(data.mapAccounts, problems),
    problems,
  }
}

/** The caller's mapping: by role or user, else by account, which gives the ARN as user name and no groups. */
export function awsAuthMapping(
  { roles, users, accounts }: AwsAuth,
  { canonicalArn, account }: { readonly canonicalArn: string; readonly account: string },
): Mapping | undefined {
  const key = canonicalArn.toLowerCase()
  const mapping = roles.get(key) ?? users.get(key)
  if (mapping) return mapping
  return accounts.has(account) ? { username: canonicalArn, groups: [] } : undefined
}

/**
 * The ConfigMap with a role mapped, other lines and comments as they are. A role that is mapped already stays so.
 * @param roleArn  with or without a path: the ConfigMap names roles without
 * @returns        undefined when nothing changes, or when mapRoles is no list to add to
 */
export function withRole(data: AwsAuthData, roleArn: string, { username, groups }: Mapping): AwsAuthData | undefined {
  const rolearn = withoutPath(roleArn)
  if (parseAwsAuth(data).roles.has(rolearn.toLowerCase())) return undefined
  const document: Document = parseDocument(data.mapRoles ?? '', { logLevel: 'silent' })
  if (document.errors.length > 0) return undefined
  if (document.contents === null) document.contents = document.createNode([])
  if (!isSeq(document.contents)) return undefined
  document.contents.flow = false
  document.contents.add(document.createNode({ groups, rolearn, username }))
  return { ...data, mapRoles: document.toString(yamlStyle) }
}

/** The ConfigMap without a role's lines; undefined when it has none. */
export function withoutRole(data: AwsAuthData, roleArn: string): AwsAuthData | undefined {
  const rolearn = withoutPath(roleArn).toLowerCase()
  const document = parseDocument(data.mapRoles ?? '', { logLevel: 'silent' })
  const list = document.contents
  if (document.errors.length > 0 || !isSeq(list)) return undefined
  const left = list.items.filter(item => !isMap(item) || String(lowerCaseKeys(item.toJS(document))?.['rolearn']).toLowerCase() !== rolearn)
  if (left.length === list.items.length) return undefined
  list.items = left
  return { ...data, mapRoles: document.toString(yamlStyle) }
}

function mappingsOf(section: string, text: string | undefined, arnKey: string, arnForm: RegExp, problems: string[]): Map<string, Mapping> {
  const mappings = new Map<string, Mapping>()
  listOf(section, text, problems).forEach((item, index) => {
    const place = `${section}[${index}]`
    const fields = lowerCaseKeys(item)
    const { [arnKey]: arn, username, groups } = fields ?? {}
    const names = typeof groups === 'string' ? [groups] : (groups ?? [])
    if (!fields) problems.push(`${place} is not a mapping`)
    else if (typeof arn !== 'string' || arn === '') problems.push(`${place} has no ${arnKey}`)
    else if (!arnForm.test(arn)) {
      const path = withoutPath(arn) === arn ? '' : ': a role is named without its path'
      problems.push(`${place}: ${JSON.stringify(arn)} is not the ARN that ${arnKey} takes${path}`)
    } else if (typeof username !== 'string' || username === '') problems.push(`${place} has no username`)
    else if (!Array.isArray(names) || !names.every(name => typeof name === 'string' && name !== ''))
      problems.push(`${place}: groups are not a list of names`)
    else if (mappings.has(arn.toLowerCase())) problems.push(`${place} repeats ${arn}`)
    else mappings.set(arn.toLowerCase(), { username, groups: names as string[] })
  })
  return mappings
}

function accountsOf(text: string | undefined, problems: string[]): Set<string> {
  const accounts = new Set<string>()
  listOf('mapAccounts', text, problems).forEach((item, index) => {
    // A number has lost its leading zeros.
    if (typeof item === 'string' && /^\d{12}$/.test(item)) accounts.add(item)
    else problems.push(`mapAccounts[${index}] is not an account id of 12 digits in quotation marks`)
  })
  return accounts
}

function listOf(section: string, text: string | undefined, problems: string[]): readonly unknown[] {
  if (text === undefined || text.trim() === '') return []
  const list = text.length > longestSection ? undefined : parseYaml(text)
  if (Array.isArray(list)) return list
  problems.push(`${section} is not a YAML list`)
  return []
}

function parseYaml(text: string): unknown {
  try {
    const document = parseDocument(text, { strict: true, uniqueKeys: true, logLevel: 'silent' })
    // Aliases are of no use here, and a few of them can make a list without end.
    return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 0 })
  } catch {
    return undefined
  }
}

/** `roleARN` and `rolearn` are both in use: the authenticator reads keys without regard to case. */
function lowerCaseKeys(item: unknown): { readonly [key: string]: unknown } | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value]))
}

/** A role's ARN without its path: `role/team/Admin` is `role/Admin` in session ARNs, and so in aws-auth. */
export function withoutPath(roleArn: string): string {
  const start = roleArn.indexOf(':role/')
  if (start === -1) return roleArn
  return `${roleArn.slice(0, start)}:role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}`
}
