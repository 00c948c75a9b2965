import { roleArn, userArn } from '../../identity/arns.ts'
import { parsePolicy, type PolicyDocument, policySize, type PrincipalEntry } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import { parseDocument } from './documents.ts'
import { findRole, findUser } from './entities.ts'
import { quotaExceeded, quotas } from './quotas.ts'
import { iam } from './service.ts'

/**
 * A role's trust policy as the store keeps it. Users and roles are kept by unique id, so that one that is deleted and made anew is not trusted for its
 * name's sake; until then people see their ARNs. IAM User Guide, "AWS JSON policy elements: Principal", "IAM role principals".
 * @param text  as the caller gives it
 * @throws      MalformedPolicyDocument, for principals that do not exist too; LimitExceeded
 */
export async function storedTrustPolicy(tx: Transaction, text: string): Promise<string> {
  const document = parseDocument(text, 'trust')
  if (policySize(text, 'trust') > quotas.ACLSizePerRole) throw quotaExceeded('ACLSizePerRole')
  return withPrincipals(document, entry => storedPrincipal(tx, entry))
}

async function storedPrincipal(tx: Transaction, { type, value }: PrincipalEntry): Promise<string> {
  if (type === 'Service' && value !== '*' && !/\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/.test(value))
    throw invalidPrincipal('SERVICE', value)
  if (type !== 'AWS' || value === '*') return value
  if (/^\d{12}$/.test(value)) return `arn:aws:iam::${value}:root`
  if (uniqueId.test(value)) {
    if ((await arnsOf(tx, [value])).size === 0) throw invalidPrincipal('AWS', value)
    return value
  }
  const arn = parseArn(value)
  // Accounts that are elsewhere cannot be asked: their principals are taken on trust. docs/fidelity.md, "IAM".
  if (!arn || !(await tx.selectFrom('accounts').select('id').where('id', '=', arn.account).executeTakeFirst())) return value
  const [kind, ...path] = arn.resource.split('/')
  const name = kind === 'assumed-role' ? (path[0] ?? '') : (path.at(-1) ?? '')
  if (kind === 'user') {
    const user = await findUser(tx, arn.account, name)
    if (!user || userArn(user.account, user.path, user.name) !== value) throw invalidPrincipal('AWS', value)
    return user.id
  }
  if (kind === 'role' || kind === 'assumed-role') {
    const role = await findRole(tx, arn.account, name)
    if (!role || (kind === 'role' && roleArn(role.account, role.path, role.name) !== value)) throw invalidPrincipal('AWS', value)
    return kind === 'role' ? role.id : value
  }
  return value
}

const invalidPrincipal = (type: string, value: string) =>
  new iam.MalformedPolicyDocument(`Invalid principal in policy: "${type}":"${value}"`)

const uniqueId = /^A(IDA|ROA)[A-Z2-7]{17}$/
const anyUniqueId = /"(A(?:IDA|ROA)[A-Z2-7]{17})"/g

/**
 * Trust policies as people see them: unique ids as ARNs, except those of users and roles that are gone.
 * @param texts  as the store keeps them
 */
export async function shownTrustPolicies(tx: Transaction, texts: readonly string[]): Promise<string[]> {
  const ids = new Set(texts.flatMap(text => [...text.matchAll(anyUniqueId)].map(match => match[1] ?? '')))
  if (ids.size === 0) return [...texts]
  const arns = await arnsOf(tx, [...ids])
  // Ids may stand in conditions too, on aws:userid for example: only principals are replaced, so the text is parsed.
  return Promise.all(
    texts.map(text =>
      withPrincipals(parsePolicy(text, 'trust'), async entry => (entry.type === 'AWS' && arns.get(entry.value)) || entry.value),
    ),
  )
}

/** As `shownTrustPolicies`, of one role. */
export const shownTrustPolicy = async (tx: Transaction, text: string): Promise<string> => (await shownTrustPolicies(tx, [text]))[0] ?? text

async function arnsOf(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const users = await tx.selectFrom('users').select(['id', 'account', 'path', 'name']).where('id', 'in', ids).execute()
  const roles = await tx.selectFrom('roles').select(['id', 'account', 'path', 'name']).where('id', 'in', ids).execute()
  return new Map([
    ...users.map(row => [row.id, userArn(row.account, row.path, row.name)] as const),
    ...roles.map(row => [row.id, roleArn(row.account, row.path, row.name)] as const),
  ])
}

/** The document's text with other principals in place; all else stays as written. */
async function withPrincipals(document: PolicyDocument, replace: (entry: PrincipalEntry) => Promise<string>): Promise<string> {
  let text = ''
  let done = 0
  for (const { principal } of document.statements) {
    for (const entry of principal?.entries ?? []) {
      const replacement = await replace(entry)
      if (replacement === entry.value) continue
      text += document.text.slice(done, entry.offset) + JSON.stringify(replacement)
      done = endOfString(document.text, entry.offset)
    }
  }
  return text + document.text.slice(done)
}

/** The offset after a JSON string that begins at an offset. */
function endOfString(text: string, start: number): number {
  const string = /"(?:[^"\\]|\\.)*"/y
  string.lastIndex = start
  return string.test(text) ? string.lastIndex : start
}
