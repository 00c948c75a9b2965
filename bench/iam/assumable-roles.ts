import type { startIssuer } from '../../test/services/sts/issuer.ts'
import { type Client, portOf, queryRequest } from '../server/gatehouse.ts'
import { answerTo } from '../server/load.ts'

/** A trust policy, as text. */
export const trusting = (principal: object, action: string, condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: action, ...(condition && { Condition: condition }) }],
  })

/** Makes a role that the account assumes, and one for an issuer's tokens. @returns their ARNs */
export async function makeAssumableRoles(
  client: Client,
  issuer: Awaited<ReturnType<typeof startIssuer>>,
): Promise<{ readonly plain: string; readonly web: string }> {
  const call = (action: string, input: { readonly [name: string]: string }) =>
    answerTo(portOf(client), queryRequest(client, 'iam', action, input))
  const arnIn = (answer: string) => /<(?:Arn|OpenIDConnectProviderArn)>([^<]+)</.exec(answer)?.[1] as string
  const provider = await call('CreateOpenIDConnectProvider', {
    Url: issuer.url,
    'ClientIDList.member.1': 'sts.amazonaws.com',
    'ThumbprintList.member.1': issuer.thumbprint,
  })
  const plain = await call('CreateRole', {
    RoleName: 'plain',
    AssumeRolePolicyDocument: trusting({ AWS: client.account }, 'sts:AssumeRole'),
  })
  const trustsIssuer = trusting({ Federated: arnIn(provider) }, 'sts:AssumeRoleWithWebIdentity')
  const web = await call('CreateRole', { RoleName: 'web', AssumeRolePolicyDocument: trustsIssuer })
  return { plain: arnIn(plain), web: arnIn(web) }
}
