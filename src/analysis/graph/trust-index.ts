import type { PolicyDocument } from '../../policy/index.ts'
import { actionName, compileAction, coversAction } from '../../policy/action.ts'
import { preparePlan } from '../../policy/index.ts'
import { isPossible } from './answers.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'
import { listOf, type NodeList } from './links.ts'
import { settle, type Verdict } from './settle.ts'

const assumeRole = 'sts:AssumeRole'

/** Who is named by the trust policies of an estate's roles, the other way round. */
export class TrustIndex {
  readonly #estate: Estate
  /** Roles by the ARN or unique id of a user or role that they trust. */
  readonly named = new Map<string, Member[]>()
  /** By the ARN of a session's role, without path: the session that is trusted. */
  readonly sessions = new Map<string, { readonly role: Member; readonly sessionArn: string }[]>()
  /** Roles by the account that they trust, and then by the text of their trust policies: what one asks, all of the same text ask. */
  readonly #byAccount = new Map<string, Map<string, string[]>>()
  /** Roles that name everyone, or everyone but some. */
  readonly anyone: Member[] = []
  readonly #accountLists = new Map<string, readonly NodeList[]>()
  readonly #services = new Map<string, NodeList>()
  readonly #namingServices = new Map<string, Member[]>()
  readonly #providers = new Map<string, Member[]>()

  constructor(estate: Estate) {
    this.#estate = estate
    for (const member of estate.members.values()) if (member.kind === 'role' && member.trust) this.#add(member, member.trust.document)
  }

  #add(role: Member, document: PolicyDocument): void {
    for (const { principal, effect } of document.statements) {
      if (!principal || effect === 'Deny') continue
      if (principal.everyone || principal.negated) push(this.anyone, role)
      if (principal.negated) continue
      for (const { type, value } of principal.entries) {
        if (type === 'Service') pushTo(this.#namingServices, value, role)
        else if (type === 'Federated') pushTo(this.#providers, value, role)
        else if (type === 'AWS') this.#addAws(role, value, document)
      }
    }
  }

  #addAws(role: Member, value: string, document: PolicyDocument): void {
    const account = /^(?:arn:[a-z-]+:iam::)?(\d{12})(?::root)?$/.exec(value)?.[1]
    const session = /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([^/]+)\/(.+)$/.exec(value)
    if (account !== undefined) {
      const byText = this.#byAccount.get(account) ?? new Map<string, string[]>()
      this.#byAccount.set(account, byText)
      // Policies that ask nothing are alike, however they are written.
      pushTo(
        byText,
        `${role.account} ${isOpen(document) ? '' : document.text} ${/resource/i.test(document.text) ? role.arn : ''}`,
        role.arn,
      )
    } else if (session) pushTo(this.sessions, `${session[1]}/${session[2]}`, { role, sessionArn: value })
    else if (value !== '*') pushTo(this.named, value, role)
  }

  /** Roles that trust an account, in lists of those whose trust policies ask the same. */
  trustingAccount(account: string): readonly NodeList[] {
    const known = this.#accountLists.get(account)
    if (known) return known
    const made = [...(this.#byAccount.get(account)?.values() ?? [])].map(listOf)
    this.#accountLists.set(account, made)
    return made
  }

  /** Roles of an account that a service may assume. */
  trustingService(service: string, account: string): NodeList {
    const key = `${service} ${account}`
    const known = this.#services.get(key)
    if (known) return known
    const naming = [...(this.#namingServices.get(service) ?? []), ...(this.#namingServices.get('*') ?? []), ...this.anyone]
    const roles = naming.filter(role => role.account === account && isPossible(this.serviceVerdict(service, role)))
    const made = listOf([...new Set(roles.map(({ arn }) => arn))])
    this.#services.set(key, made)
    return made
  }

  /** Whether a role's trust policy lets a service in. */
  serviceVerdict(service: string, role: Member): Verdict {
    const context = { 'aws:SourceAccount': role.account }
    const rcps = this.#estate.organization.rcpsFor(assumeRole, role.account)
    const plan = preparePlan({ identity: [], ...(role.trust && { resource: role.trust }), resourceMustAllow: true, ...(rcps && { rcps }) })
    return settle(
      { principal: { type: 'service', service }, action: assumeRole, resource: role.arn, context, resourceAccount: role.account },
      plan,
    )
  }

  /** Identity providers that roles of an account trust. */
  providersOf = (account: string, kind: 'oidc-provider' | 'saml-provider'): string[] =>
    [...this.#providers.keys()].filter(provider => provider.startsWith(`arn:aws:iam::${account}:${kind}/`))

  rolesOfProvider = (provider: string): readonly Member[] => this.#providers.get(provider) ?? []
}

/** Whether a trust policy lets in whoever it names for AssumeRole, whatever the circumstances. */
function isOpen({ statements }: PolicyDocument): boolean {
  const name = actionName(assumeRole)
  return statements.every(
    ({ effect, conditions, action, principal }) =>
      effect === 'Allow' &&
      conditions.length === 0 &&
      principal?.negated === false &&
      !action.negated &&
      action.values.some(value => coversAction(compileAction(value), name)),
  )
}

/** Roles come one after the other, so that one that is there already is the last. */
function push<T>(list: T[], item: T): void {
  if (list.at(-1) !== item) list.push(item)
}

function pushTo<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key)
  if (list) push(list, item)
  else map.set(key, [item])
}
