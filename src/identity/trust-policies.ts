import { parsePolicy, type PolicyDocument, type PrincipalEntry } from '../policy/index.ts'
import type { Transaction } from '../store/index.ts'
import { roleArn, userArn } from './arns.ts'

const anyUniqueId = /"(A(?:IDA|ROA)[A-Z2-7]{17})"/g

/**
 * Trust policies as people see them: unique ids as ARNs, except those of users and roles that are gone.
 * @param texts  as the store keeps them
 */
export async function shownTrustPolicies(tx: Transaction, texts: readonly string[]): Promise<string[]> {
  const ids = new Set(texts.flatMap(text => [...text.matchAll(anyUniqueId)].map(match => match[1] ?? '')))
  if (ids.size === 0) return [...texts]
  const arns = await arnsOfUniqueIds(tx, [...ids])
  // Ids may stand in conditions too, on aws:userid for example: only principals are replaced, so the text is parsed.
  return Promise.all(
    texts.map(text =>
      withPrincipals(parsePolicy(text, 'trust'), async entry => (entry.type === 'AWS' && arns.get(entry.value)) || entry.value),
    ),
  )
}

/** As `shownTrustPolicies`, of one role. */
export const shownTrustPolicy = async (tx: Transaction, text: string): Promise<string> => (await shownTrustPolicies(tx, [text]))[0] ?? text

/** ARNs of users and roles by unique id, of those that are there. */
export async function arnsOfUniqueIds(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const users = await tx.selectFrom('users').select(['id', 'account', 'path', 'name']).where('id', 'in', ids).execute()
  const roles = await tx.selectFrom('roles').select(['id', 'account', 'path', 'name']).where('id', 'in', ids).execute()
  return new Map([
    ...users.map(row => [row.id, userArn(row.account, row.path, row.name)] as const),
    ...roles.map(row => [row.id, roleArn(row.account, row.path, row.name)] as const),
  ])
}

/** The document's text with other principals in place; all else stays as written. */
export async function withPrincipals(document: PolicyDocument, replace: (entry: PrincipalEntry) => Promise<string>): Promise<string> {
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
