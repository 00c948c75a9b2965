import type { Pod } from '../kubernetes/pod-identity-webhook/pod.ts'
import { CallError, callUnsigned, type Client, fetchJson, type XmlElement } from './client.ts'
import { elementOf, membersOf, roleNameOf, textOf } from './irsa-iam.ts'
import { sdkProblem } from './irsa-sdk-versions.ts'
import {
  annotationsOf,
  audienceAnnotation,
  defaultAudience,
  type IrsaOptions,
  type IrsaTarget,
  openTarget,
  roleAnnotation,
} from './irsa-target.ts'
import { trustFinding } from '../analysis/irsa-trust.ts'
import { BrokenLink, type Link, roleLinkOf } from './irsa-links.ts'
import { associationOf, checkAssociation } from './pod-identity-check.ts'

export interface CheckOptions extends IrsaOptions {
  readonly sdk?: string
}

/**
 * Follows the way of a pod to its role, link by link, and ends with the exchange itself.
 * @throws BrokenLink at the first that does not hold
 * @see    EKS User Guide, "IAM roles for service accounts"; AWS re:Post, "Troubleshoot IRSA errors in Amazon EKS"
 */
export async function* checkChain(client: Client, options: CheckOptions): AsyncGenerator<Link> {
  const { cluster, namespace, serviceAccount } = options
  const target = await openTarget(client, options).catch((problem: unknown) => {
    throw new BrokenLink('cluster', messageOf(problem), `aws eks describe-cluster --name ${cluster}`)
  })
  yield { link: 'cluster', holds: `${cluster} has the issuer ${target.issuer}` }
  yield await issuerLink(target)

  const found = await target.kubernetes.serviceAccount(namespace, serviceAccount)
  if (!found)
    throw new BrokenLink(
      'service account',
      `there is no service account ${serviceAccount} in namespace ${namespace}`,
      `kubectl create serviceaccount ${serviceAccount} -n ${namespace}`,
    )
  const annotations = annotationsOf(found)
  const association = await associationOf(target)
  if (association)
    return yield* checkAssociation(target, association, { annotated: annotations[roleAnnotation] !== undefined, sdk: options.sdk })
  const { arn, link } = annotationLink(target, annotations)
  yield link
  const audience = annotations[audienceAnnotation] || defaultAudience

  yield await providerLink(target, audience)
  const { trust, link: roleLink } = await roleLinkOf(target, arn)
  yield roleLink
  if (trust !== undefined) yield trustLink(target, trust, arn, audience)
  yield await podsLink(target, arn)
  if (options.sdk !== undefined) {
    const problem = sdkProblem(options.sdk, 'irsa')
    if (problem !== undefined) throw new BrokenLink('SDK', problem, 'docs/workload-identity.md lists the versions')
    yield { link: 'SDK', holds: `${options.sdk} reads AWS_WEB_IDENTITY_TOKEN_FILE` }
  }
  yield await exchangeLink(target, arn, audience)
}

async function issuerLink({ client, issuer }: IrsaTarget): Promise<Link> {
  const broken = (problem: string) =>
    new BrokenLink(
      'issuer',
      problem,
      `make ${issuer}/.well-known/openid-configuration reachable over HTTPS; "gatehouse issuer export" writes its files`,
    )
  const fetched = async (url: string) => {
    try {
      return await fetchJson(client, url)
    } catch (problem) {
      throw broken(`${url} cannot be read: ${messageOf(problem)}`)
    }
  }
  const discovery = await fetched(`${issuer}/.well-known/openid-configuration`)
  if (discovery['issuer'] !== issuer) throw broken(`the discovery document is of ${String(discovery['issuer'])}, not of ${issuer}`)
  const { keys } = await fetched(String(discovery['jwks_uri']))
  if (!Array.isArray(keys) || keys.length === 0) throw broken(`${String(discovery['jwks_uri'])} has no keys`)
  return { link: 'issuer', holds: `discovery document and ${keys.length} ${keys.length === 1 ? 'key' : 'keys'} are there` }
}

/** Keys that people write for the right one. */
const nearKey = /role-?arn|iam\.amazonaws\.com\/role/i

function annotationLink(
  { namespace, serviceAccount }: IrsaTarget,
  annotations: { readonly [key: string]: string },
): { arn: string; link: Link } {
  const advice = `kubectl annotate --overwrite serviceaccount ${serviceAccount} -n ${namespace} ${roleAnnotation}=arn:aws:iam::ACCOUNT:role/NAME`
  const arn = annotations[roleAnnotation]
  if (arn === undefined || arn === '') {
    const near = Object.keys(annotations).find(key => key !== roleAnnotation && nearKey.test(key))
    throw new BrokenLink(
      'annotation',
      near === undefined
        ? `the service account has no annotation ${roleAnnotation}`
        : `the service account has the annotation ${near}, which nobody reads: it must be ${roleAnnotation}`,
      near === undefined ? advice : advice.replace('arn:aws:iam::ACCOUNT:role/NAME', annotations[near] ?? ''),
    )
  }
  if (!roleNameOf(arn)) throw new BrokenLink('annotation', `${roleAnnotation} is not the ARN of a role: ${JSON.stringify(arn)}`, advice)
  return { arn, link: { link: 'annotation', holds: `${namespace}/${serviceAccount} asks for ${arn}` } }
}

async function providerLink({ iam, providerArn, issuer, cluster, namespace, serviceAccount }: IrsaTarget, audience: string): Promise<Link> {
  const provider = await iam.find('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: providerArn })
  if (!provider)
    throw new BrokenLink(
      'provider',
      `IAM has no OpenID Connect provider for ${issuer}`,
      `gatehouse irsa enable --cluster ${cluster} --namespace ${namespace} --service-account ${serviceAccount} --policy-arn ARN`,
    )
  if (!membersOf(provider, 'ClientIDList').includes(audience))
    throw new BrokenLink(
      'audience',
      `provider ${providerArn} does not take the audience ${audience}`,
      `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${providerArn} --client-id ${audience}`,
    )
  return { link: 'provider', holds: `${providerArn} takes the audience ${audience}` }
}

function trustLink(target: IrsaTarget, trust: string, arn: string, audience: string): Link {
  const { problem, warning } = trustFinding(trust, target, arn, audience)
  if (problem !== undefined)
    throw new BrokenLink(
      'trust policy',
      problem,
      `aws iam update-assume-role-policy --role-name ${roleNameOf(arn)?.name} --policy-document FILE`,
    )
  return { link: 'trust policy', holds: `lets ${target.subject} in`, ...(warning !== undefined && { warning }) }
}

/** Pods are injected when they are made: older ones know nothing of a later annotation. */
async function podsLink({ kubernetes, namespace, serviceAccount }: IrsaTarget, arn: string): Promise<Link> {
  const pods = await kubernetes.podsOf(namespace, serviceAccount)
  const stale = pods.filter(pod => !hasRole(pod, arn)).map(({ metadata }) => metadata?.name)
  return {
    link: 'pods',
    holds:
      pods.length === 0 ? 'none runs as the service account' : `${pods.length - stale.length} of ${pods.length} have AWS_ROLE_ARN ${arn}`,
    ...(stale.length > 0 && { warning: `made before the annotation, or skipped; make anew: ${stale.join(', ')}` }),
  }
}

const hasRole = ({ spec }: Pod, arn: string) =>
  spec?.containers?.some(({ env }) => env?.some(({ name, value }) => name === 'AWS_ROLE_ARN' && value === arn)) ?? false

async function exchangeLink({ kubernetes, client, namespace, serviceAccount }: IrsaTarget, arn: string, audience: string): Promise<Link> {
  const { token } = await kubernetes
    .serviceAccountToken({ namespace, serviceAccount, audience, expirationSeconds: 600 })
    .catch((problem: unknown) => {
      throw new BrokenLink(
        'token',
        `the cluster gives no token: ${messageOf(problem)}`,
        `kubectl create token ${serviceAccount} -n ${namespace} --audience ${audience}`,
      )
    })
  try {
    const parameters = { RoleArn: arn, RoleSessionName: 'gatehouse-irsa-check', WebIdentityToken: token }
    const answer = await callUnsigned(client, { name: 'sts', version: '2011-06-15' }, 'AssumeRoleWithWebIdentity', parameters)
    return { link: 'exchange', holds: `STS gives ${textOf(elementOf(answer, 'AssumedRoleUser') as XmlElement, 'Arn')}` }
  } catch (problem) {
    throw new BrokenLink('exchange', messageOf(problem), 'the event history has the refused call: aws cloudtrail lookup-events')
  }
}

const messageOf = (problem: unknown) =>
  problem instanceof CallError && problem.code !== '' && !problem.message.startsWith(problem.code)
    ? `${problem.code}: ${problem.message}`
    : problem instanceof Error
      ? problem.message
      : String(problem)
