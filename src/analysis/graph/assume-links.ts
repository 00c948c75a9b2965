import { isPossible, justificationOf } from './answers.ts'
import { ask } from './ask.ts'
import type { Estate } from './estate.ts'
import type { Member } from './members.ts'
import { Holder } from './holder.ts'
import { type Link, listOf, type NodeList } from './links.ts'
import type { TrustIndex } from './trust-index.ts'

const action = 'sts:AssumeRole'

/** Roles that members may assume. IAM User Guide, "Policy evaluation logic"; STS API Reference, "AssumeRole". */
export class AssumeLinks {
  readonly #estate: Estate
  readonly #trust: TrustIndex

  constructor(estate: Estate, trust: TrustIndex) {
    this.#estate = estate
    this.#trust = trust
  }

  /** @param mayByPolicy  whether some policy of the member's allows AssumeRole on something */
  linksOf(holder: Holder, mayByPolicy: boolean): Link[] {
    const { member } = holder
    const id = member.source && 'id' in member.source ? member.source.id : ''
    const asked = new Set([...(this.#trust.named.get(member.arn) ?? []), ...(this.#trust.named.get(id) ?? []), ...this.#trust.anyone])
    const links: Link[] = []
    for (const list of mayByPolicy ? this.#trust.trustingAccount(member.account) : []) {
      const allowed = holder.allowedOn({ action, on: 'target' }, list)
      if (allowed.ids.length > 0) links.push(this.#link(member, allowed))
    }
    const named = [...asked].filter(role => isPossible(holder.ask({ action, resource: role.arn })))
    if (named.length > 0) links.push(this.#link(member, listOf(named.map(({ arn }) => arn))))
    return [...links, ...this.#bySession(member)]
  }

  #link = (member: Member, to: NodeList): Link => ({
    how: 'sts-assume-role',
    title: 'assumes the role',
    to,
    because: target => [justificationOf(new Holder(this.#estate, member).ask({ action, resource: target }))],
  })

  /** Roles that trust one session of a role by name: whoever assumes the role chooses the name. */
  #bySession(member: Member): Link[] {
    if (member.principal.type !== 'roleSession') return []
    const { principal } = member
    return (this.#trust.sessions.get(`${member.account}/${member.name}`) ?? []).flatMap(({ role, sessionArn }) => {
      const sessionName = sessionArn.slice(sessionArn.lastIndexOf('/') + 1)
      const named: Member = { ...asPlain(member), principal: { ...principal, arn: sessionArn, sessionName } }
      const verdict = () => ask(this.#estate, named, { action, resource: role.arn }, new Holder(this.#estate, named).plan)
      if (!isPossible(verdict())) return []
      return [
        {
          how: 'sts-assume-role',
          title: `assumes the role, in a session named ${sessionName}`,
          to: listOf([role.arn]),
          because: () => [justificationOf(verdict())],
        },
      ]
    })
  }
}

/** A member's facts without its class: getters do not spread. */
const asPlain = ({ arn, kind, account, name, facts, groups, boundary, identity, source, trust }: Member) => ({
  arn,
  kind,
  account,
  name,
  facts,
  groups,
  boundary,
  identity,
  source,
  trust,
})
