import { roleArn, userArn } from '../../identity/arns.ts'
import { arnsOfUniqueIds, withPrincipals } from '../../identity/trust-policies.ts'
import { policySize, type PrincipalEntry } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import { parseDocument } from './documents.ts'
import { findRole, findUser } from './entities.ts'
import { type QuotaSettings, quotaExceeded, quotaOf } from './quotas.ts'
import { iam } from './service.ts'

/**
 * A role's trust policy as the store keeps it. Users and roles are kept by unique id, so that one that is deleted and made anew is not trusted for its
 * name's sake; until then people see their ARNs. IAM User Guide, "AWS JSON policy elements: Principal", "IAM role principals".
 * @param text  as the caller gives it
 * @param world  for the quota of its size
 * @throws      MalformedPolicyDocument, for principals that do not exist too; LimitExceeded
 */
export async function storedTrustPolicy(tx: Transaction, text: string, world: QuotaSettings): Promise<string> {
  const document = parseDocument(text, 'trust')
  const most = quotaOf(world, 'ACLSizePerRole')
  if (policySize(text, 'trust') > most) throw quotaExceeded('ACLSizePerRole', most)
  // {"AWS": "*"} is taken, "*" alone is not: not documented, in the words that the AWS CDK's users were shown.
  if (document.statements.some(({ principal }) => principal?.everyone && principal.entries.length === 0))
    throw new iam.MalformedPolicyDocument('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
  return withPrincipals(document, entry => storedPrincipal(tx, entry))
}

async function storedPrincipal(tx: Transaction, { type, value }: PrincipalEntry): Promise<string> {
  if (type === 'Service' && value !== '*' && !/\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/.test(value))
    throw invalidPrincipal('SERVICE', value)
  if (type !== 'AWS' || value === '*') return value
  if (/^\d{12}$/.test(value)) return `arn:aws:iam::${value}:root`
  if (uniqueId.test(value)) {
    if ((await arnsOfUniqueIds(tx, [value])).size === 0) throw invalidPrincipal('AWS', value)
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
