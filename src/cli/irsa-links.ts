import { elementOf, roleNameOf, textOf } from './irsa-iam.ts'
import type { IrsaTarget } from './irsa-target.ts'

/** A link of the chain that holds. */
export interface Link {
  readonly link: string
  readonly holds: string
  /** What holds, and is still not as it should be. */
  readonly warning?: string
}

/** The first link that does not hold. */
export class BrokenLink extends Error {
  readonly link: string
  readonly advice: string
  constructor(link: string, problem: string, advice: string) {
    super(problem)
    this.link = link
    this.advice = advice
  }
}

/** Roles of other accounts cannot be looked at from here; the exchange tells. */
export async function roleLinkOf({ iam, account }: IrsaTarget, arn: string): Promise<{ trust?: string; link: Link }> {
  const named = roleNameOf(arn) as { account: string; name: string }
  if (named.account !== account)
    return { link: { link: 'role', holds: `${arn} is of another account: its trust policy cannot be read from here` } }
  const role = elementOf(await iam.find('GetRole', { RoleName: named.name }), 'Role')
  if (!role)
    throw new BrokenLink(
      'role',
      `there is no role ${named.name}`,
      `correct the annotation, or make the role with "gatehouse irsa enable --role-name ${named.name}"`,
    )
  const actual = textOf(role, 'Arn')
  if (actual !== arn)
    throw new BrokenLink('role', `the role is ${actual}, the annotation says ${arn}`, 'write the ARN with its path into the annotation')
  return { trust: decodeURIComponent(textOf(role, 'AssumeRolePolicyDocument')), link: { link: 'role', holds: `${arn} is there` } }
}
