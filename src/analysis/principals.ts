import type { PolicyDocument, PolicyPrincipal } from '../policy/index.ts'
import type { Attachment } from './witness.ts'

/** An account that policies are not likely to name. */
const elsewhere = '999999999999'

const userOf = (account: string, name: string, arn = `arn:aws:iam::${account}:user/${name}`): PolicyPrincipal => ({
  type: 'user',
  account,
  arn,
  userId: 'AIDAXXXXXXXXXXXXXXXXX',
  userName: name.split('/').at(-1) as string,
})

const sessionOf = (account: string, role: string, session = 'session', roleId = 'AROAXXXXXXXXXXXXXXXXX'): PolicyPrincipal => ({
  type: 'roleSession',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/${role.split('/').at(-1)}/${session}`,
  roleArn: `arn:aws:iam::${account}:role/${role}`,
  roleId,
  sessionName: session,
})

const rootOf = (account: string): PolicyPrincipal => ({ type: 'root', account, arn: `arn:aws:iam::${account}:root` })

/** One principal for each way in which the Principal elements of some policies can reach one: who is named, and who is not. */
export function principalsOf(documents: readonly PolicyDocument[], attachment: Attachment): { all: PolicyPrincipal[]; complete: boolean } {
  // Identity policies do not say whose they are: keys about the principal take every value.
  if (attachment === 'identity') return { all: [userOf('111122223333', 'someone'), sessionOf('111122223333', 'some-role')], complete: true }
  const all: PolicyPrincipal[] = []
  let complete = true
  const entries = documents.flatMap(({ statements }) => statements.flatMap(({ principal }) => principal?.entries ?? []))
  for (const { type, value } of entries) {
    if (type === 'Service') all.push({ type: 'service', service: value === '*' ? 'unnamed.amazonaws.com' : value })
    else if (type === 'Federated') {
      all.push(value.includes(':saml-provider/') ? { type: 'saml', provider: value } : { type: 'webIdentity', provider: value })
    } else if (type === 'AWS' && value !== '*') all.push(...namedBy(value))
    // Canonical ids name accounts whose numbers nobody knows from the policy.
    else if (type === 'CanonicalUser') complete = false
  }
  all.push(userOf(elsewhere, 'stranger'), sessionOf(elsewhere, 'stranger'), rootOf(elsewhere), { type: 'anonymous' })
  all.push(
    { type: 'service', service: 'unnamed.amazonaws.com' },
    { type: 'webIdentity', provider: 'unnamed.example' },
    { type: 'saml', provider: `arn:aws:iam::${elsewhere}:saml-provider/unnamed` },
  )
  return { all: [...new Map(all.map(principal => [JSON.stringify(principal), principal])).values()], complete }
}

/** Principals that a value of the AWS type reaches. */
export function namedBy(value: string): PolicyPrincipal[] {
  const account = /^[0-9]{12}$/.test(value) ? value : /^arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):/.exec(value)?.[1]
  if (account === undefined) {
    // Unique ids.
    if (value.startsWith('AIDA')) return [{ ...(userOf(elsewhere, 'stranger') as object), userId: value } as PolicyPrincipal]
    return value.startsWith('AROA') ? [sessionOf(elsewhere, 'stranger', 'session', value)] : []
  }
  const [, kind = '', name = ''] = /:(user|role|assumed-role|federated-user)\/(.+)$/.exec(value) ?? []
  const others = [rootOf(account), userOf(account, 'someone'), sessionOf(account, 'some-role')]
  if (kind === 'user') return [userOf(account, name, value), ...others]
  if (kind === 'role') return [sessionOf(account, name), ...others]
  if (kind === 'assumed-role') {
    const [role = '', session = ''] = name.split('/')
    return [sessionOf(account, role, session), sessionOf(account, role, 'other'), ...others]
  }
  if (kind === 'federated-user')
    return [{ type: 'federatedUser', account, arn: value, userArn: `arn:aws:iam::${account}:user/someone`, name }, ...others]
  return others
}

/** Anyone: people and roles of an account that nobody named, and callers without credentials. */
export function strangers(attachment: Attachment): { all: PolicyPrincipal[]; complete: boolean } {
  const all: PolicyPrincipal[] = [userOf(elsewhere, 'stranger'), sessionOf(elsewhere, 'stranger')]
  return { all: attachment === 'trust' ? all : [...all, { type: 'anonymous' }], complete: true }
}
