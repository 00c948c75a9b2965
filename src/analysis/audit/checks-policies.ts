import type { PolicyDocument, Statement } from '../../policy/index.ts'
import { parseArn } from '../../types/arn.ts'
import { administers } from '../graph/administrators.ts'
import { deletionOf, rewriting, withoutRight } from './mends.ts'
import type { Member } from '../graph/members.ts'
import { Escalations } from '../graph/paths.ts'
import type { Audited, Check, Found } from './check.ts'

const practices = 'IAM User Guide, "Security best practices in IAM"'
const leastPrivilege = `${practices}, "Apply least-privilege permissions"`
const oidc = 'IAM User Guide, "Create a role for OpenID Connect federation"'
const unusedDays = 90
const day = 86_400_000

const allowsOn = ({ effect, action, resource }: Statement, isAction: (action: string) => boolean): boolean =>
  effect === 'Allow' &&
  !action.negated &&
  action.values.some(isAction) &&
  resource?.negated !== true &&
  resource?.values.includes('*') === true
const isEverything = (action: string) => action === '*' || action === '*:*'
const isPassRole = (action: string) => /^iam:(\*|pass(\*|role))$/i.test(action) || isEverything(action)

const isServiceLinked = (arn: string) => arn.includes(':role/aws-service-role/')

/** Statements of the members' own inline policies. */
function inlineStatements({ graph: { estate } }: Audited, wanted: (statement: Statement) => boolean) {
  const holders = [...estate.snapshot.users, ...estate.snapshot.groups, ...estate.snapshot.roles]
  return holders.flatMap(({ arn, name, inline }) =>
    inline.flatMap(policy => {
      const kind = (parseArn(arn)?.resource.split('/')[0] ?? '') as 'user' | 'group' | 'role'
      return estate.policies
        .compile(policy.document, 'identity', { id: policy.name, type: kind }, arn)
        .document.statements.filter(wanted)
        .map(statement => ({
          subject: arn,
          evidence: `inline policy ${policy.name}, statement ${statement.sid ?? statement.index + 1}`,
          values: { kind, name, policy: policy.name },
        }))
    }),
  )
}

function managedStatements({ graph: { estate } }: Audited, wanted: (statement: Statement) => boolean): Found[] {
  return estate.snapshot.managedPolicies
    .filter(({ arn }) => !arn.includes(':iam::aws:'))
    .flatMap(({ arn }) =>
      (estate.policies.managed(arn, 'identity')?.document.statements ?? []).filter(wanted).map(statement => ({
        subject: arn,
        evidence: `statement ${statement.sid ?? statement.index + 1}`,
        values: { policy: arn },
      })),
    )
}

type Trusting = { readonly role: Member; readonly document: PolicyDocument; readonly statement: Statement }

function trustFindings({ graph: { estate } }: Audited, find: (trusting: Trusting) => string | undefined): Found[] {
  return [...estate.members.values()]
    .filter(({ arn, kind }) => kind === 'role' && !isServiceLinked(arn))
    .flatMap(role => {
      const document = role.trust?.document
      return (document?.statements ?? [])
        .filter(({ effect }) => effect === 'Allow')
        .flatMap(statement => {
          const evidence = document && find({ role, document, statement })
          if (evidence === undefined) return []
          return [
            {
              subject: role.arn,
              evidence: `${evidence} (trust policy, statement ${statement.sid ?? statement.index + 1})`,
              values: { name: role.name },
            },
          ]
        })
    })
}

const entriesOf = ({ principal }: Statement, type: string): string[] =>
  principal?.negated === true ? [] : (principal?.entries ?? []).filter(entry => entry.type === type).map(({ value }) => value)

const webIdentities = (statement: Statement) => entriesOf(statement, 'Federated').filter(value => !value.includes(':saml-provider/'))
const conditionValues = ({ conditions }: Statement, suffix: string): readonly (readonly string[])[] =>
  conditions.filter(({ key, base }) => key.toLowerCase().endsWith(suffix) && !/^(StringNot|Null)/.test(base)).map(({ values }) => values)
const isOpenPattern = (value: string) =>
  /^[*?]+$/.test(value) || /^system:serviceaccount:[*?]+(:[*?]+)?$/.test(value) || /^repo:[*?]+/.test(value)

const trustMend = 'aws iam update-assume-role-policy --role-name {name} --policy-document FILE'

/** Checks of policies, trust and what they add up to. */
export const policyChecks: readonly Check[] = [
  {
    id: 'inline-full-admin',
    title: 'An inline policy allows every action on every resource',
    severity: 'high',
    reference: leastPrivilege,
    mend: 'aws iam delete-{kind}-policy --{kind}-name {name} --policy-name {policy}',
    find: audited => inlineStatements(audited, statement => allowsOn(statement, isEverything)),
  },
  {
    id: 'managed-full-admin',
    title: 'A customer managed policy allows every action on every resource',
    severity: 'high',
    reference: leastPrivilege,
    mend: 'aws iam create-policy-version --policy-arn {policy} --policy-document FILE --set-as-default',
    find: audited => managedStatements(audited, statement => allowsOn(statement, isEverything)),
  },
  {
    id: 'pass-any-role',
    title: 'A policy lets every role be passed to every service',
    severity: 'medium',
    reference: 'IAM User Guide, "Grant a user permissions to pass a role to an AWS service"',
    mend: 'aws iam create-policy-version --policy-arn {policy} --policy-document FILE --set-as-default',
    find: audited => {
      const passes = (statement: Statement) =>
        allowsOn(statement, isPassRole) &&
        !statement.conditions.some(({ key }) => /^iam:(passedtoservice|associatedresourcearn)$/i.test(key))
      const inline = inlineStatements(audited, passes).map(each => ({ ...each, mend: rewriting(each.values) }))
      return [...inline, ...managedStatements(audited, passes)]
    },
  },
  {
    id: 'user-administrator',
    title: 'A user, who has long-term credentials, is an administrator',
    severity: 'medium',
    reference: `${practices}, "Require human users to use federation with an identity provider to access AWS using temporary credentials"`,
    mend: 'aws iam put-user-permissions-boundary --user-name {name} --permissions-boundary ARN',
    find: ({ graph: { estate } }) =>
      [...estate.members.values()]
        .filter(member => member.kind === 'user' && administers(estate, member))
        .map(member => ({
          subject: member.arn,
          evidence: 'its policies allow everything',
          values: { name: member.name },
          ...withoutRight(estate, member),
        })),
  },
  {
    id: 'trust-anyone',
    title: 'A role is trusted to anyone',
    severity: 'critical',
    reference: 'IAM User Guide, "IAM policy validation check reference", "Using wildcard principals in role trust policies"',
    mend: trustMend,
    find: audited =>
      trustFindings(audited, ({ statement: { principal, conditions } }) =>
        (principal?.everyone || principal?.negated) && conditions.length === 0
          ? 'the principal is everyone, without conditions'
          : undefined,
      ),
  },
  {
    id: 'trust-without-external-id',
    title: 'A role trusts another account without an external id',
    severity: 'medium',
    reference: 'IAM User Guide, "The confused deputy problem"',
    mend: trustMend,
    find: audited =>
      trustFindings(audited, ({ role, statement }) => {
        const { accounts } = audited.graph.estate
        const others = entriesOf(statement, 'AWS').filter(value => {
          const account = /\d{12}/.exec(value)?.[0]
          return account !== undefined && account !== role.account && !accounts.has(account)
        })
        const isBound = statement.conditions.some(({ key }) => /^(sts:externalid|aws:principalorg(id|paths))$/i.test(key))
        return others.length > 0 && !isBound ? `trusts ${others.join(', ')}` : undefined
      }),
  },
  {
    id: 'oidc-without-sub',
    title: 'A role trusts an OpenID Connect provider whatever the subject',
    severity: 'high',
    reference: oidc,
    mend: trustMend,
    find: audited =>
      trustFindings(audited, ({ statement }) =>
        webIdentities(statement).length > 0 && conditionValues(statement, ':sub').length === 0
          ? `no condition on the subject of ${webIdentities(statement).join(', ')}`
          : undefined,
      ),
  },
  {
    id: 'oidc-wildcard-sub',
    title: 'A role trusts every subject, service account or repository of an OpenID Connect provider',
    severity: 'high',
    reference:
      'EKS Best Practices Guide, "Identity and Access Management", "Scope the IAM Role trust policy for IRSA Roles to the service account name"',
    mend: trustMend,
    find: audited =>
      trustFindings(audited, ({ statement }) => {
        const open = conditionValues(statement, ':sub').flat().filter(isOpenPattern)
        return webIdentities(statement).length > 0 && open.length > 0 ? `the subject may be ${open.join(', ')}` : undefined
      }),
  },
  {
    id: 'oidc-without-aud',
    title: 'A role trusts an OpenID Connect provider whatever the audience',
    severity: 'medium',
    reference: oidc,
    mend: trustMend,
    find: audited =>
      trustFindings(audited, ({ statement }) =>
        webIdentities(statement).length > 0 && conditionValues(statement, ':aud').length === 0
          ? `no condition on the audience of ${webIdentities(statement).join(', ')}`
          : undefined,
      ),
  },
  {
    id: 'role-unused',
    title: `A role was not used for ${unusedDays} days`,
    severity: 'low',
    reference: `${practices}, "Regularly review and remove unused users, roles, permissions, policies, and credentials"`,
    mend: 'aws iam delete-role --role-name {name}',
    find: ({ graph: { estate }, now }) => {
      const roles = estate.snapshot.roles.filter(({ arn }) => !isServiceLinked(arn))
      if (roles.some(({ createdAt }) => createdAt === undefined)) return undefined
      return roles.flatMap((role): Found[] => {
        const { arn, name, createdAt = now, usedAt } = role
        const unused = Math.floor((now - (usedAt ?? createdAt)) / day)
        if (unused <= unusedDays) return []
        return [
          {
            subject: arn,
            evidence: usedAt === undefined ? `never used in ${unused} days` : `last used ${unused} days ago`,
            values: { name },
            mend: deletionOf(role),
          },
        ]
      })
    },
  },
  {
    id: 'escalation-path',
    title: 'Somebody who is no administrator can become one',
    severity: 'high',
    reference: leastPrivilege,
    mend: 'gatehouse path {from} admin',
    find: ({ graph }) =>
      new Escalations(graph).escalations.map(({ from, to, steps }) => ({
        subject: from,
        evidence: `becomes ${to} by ${steps()
          .map(({ how }) => how)
          .join(', ')}`,
        values: { from },
      })),
  },
]
