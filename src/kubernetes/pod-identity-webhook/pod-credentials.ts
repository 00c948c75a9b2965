import type { PodIdentityConfiguration, ProjectedToken } from './configuration.ts'
import type { Pod } from './pod.ts'

/** A pod's service account, as the webhook needs it. */
export interface ServiceAccount {
  readonly annotations?: { readonly [key: string]: string }
  /** Whether an EKS Pod Identity association exists for it. */
  readonly podIdentityAssociation?: boolean
}

/** What the containers of a pod are given. */
export interface PodCredentials {
  readonly token: ProjectedToken
  /** Variables that go together: a container that sets one of them itself gets none. */
  readonly variables: readonly { readonly name: string; readonly value: string; readonly isPath?: boolean }[]
  readonly regionalSts: boolean
  /** Names of containers that get nothing. */
  readonly skipped: ReadonlySet<string>
}

/** Why a pod must not be made: it would run without the role that its service account is annotated with. */
export class PodRefused extends Error {
  override readonly name = 'PodRefused'
}

/** The kubelet takes no shorter tokens. Kubernetes API, core/v1 ServiceAccountTokenProjection. */
const shortestExpirationSeconds = 600

const roleArnForm = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/

/**
 * What a pod is given by its service account: by Pod Identity where there is an association, whatever the annotations say, else by the
 * annotated role.
 * @returns undefined when the pod gets nothing; a text says why it does not get what was asked for
 * @throws  PodRefused when its cluster can have no roles for service accounts
 * @see     amazon-eks-pod-identity-webhook, README; its change "Add support for container credentials method" for the precedence
 */
export function podCredentials(
  pod: Pod,
  serviceAccount: ServiceAccount,
  configuration: PodIdentityConfiguration,
): PodCredentials | string | undefined {
  const { annotationPrefix: prefix, webIdentity, podIdentity } = configuration
  const ofAccount = (name: string) => serviceAccount.annotations?.[`${prefix}/${name}`]
  const ofPod = (name: string) => pod.metadata?.annotations?.[`${prefix}/${name}`]
  const skipped = new Set((ofPod('skip-containers') ?? '').split(',').map(name => name.trim()))

  if (serviceAccount.podIdentityAssociation) {
    const token = { ...podIdentity, expirationSeconds: expiration(ofPod('token-expiration')) ?? podIdentity.expirationSeconds }
    const variables = [
      { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: podIdentity.credentialsUri },
      { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: fileOf(token), isPath: true },
    ]
    return { token, variables, regionalSts: configuration.regionalSts, skipped }
  }

  const roleArn = ofAccount('role-arn')
  if (!roleArn) return undefined
  if (configuration.webIdentityUnavailable !== undefined) throw new PodRefused(configuration.webIdentityUnavailable)
  if (!roleArnForm.test(roleArn)) return `the service account's annotation ${prefix}/role-arn is not the ARN of an IAM role: ${roleArn}`
  const token = {
    ...webIdentity,
    audience: ofAccount('audience') || webIdentity.audience,
    expirationSeconds: expiration(ofPod('token-expiration')) ?? expiration(ofAccount('token-expiration')) ?? webIdentity.expirationSeconds,
  }
  const variables = [
    { name: 'AWS_ROLE_ARN', value: roleArn },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: fileOf(token), isPath: true },
  ]
  return { token, variables, regionalSts: truth(ofAccount('sts-regional-endpoints')) ?? configuration.regionalSts, skipped }
}

const fileOf = ({ mountPath, file }: ProjectedToken) => `${mountPath}/${file}`

/** Seconds; what is no number is as if it were not there, and what is too short is lengthened. */
function expiration(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  return Math.max(shortestExpirationSeconds, Number(text))
}

/** The truth values that Go programs read. */
function truth(text: string | undefined): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text ?? '')) return true
  return /^(?:0|f|F|FALSE|false|False)$/.test(text ?? '') ? false : undefined
}
