import { podsService } from '../../types/pods-service.ts'

/** How pods of a cluster get credentials. */
export interface PodIdentityConfiguration {
  /** The cluster's region, for AWS_REGION and AWS_DEFAULT_REGION; without one they are not added. */
  readonly region?: string
  /** Whether SDKs are told to use the regional STS endpoint, unless a service account says otherwise. EKS does. */
  readonly regionalSts: boolean
  /** The prefix of annotations. */
  readonly annotationPrefix: string
  /** Roles for service accounts: the token that is exchanged at STS. */
  readonly webIdentity: ProjectedToken
  /** EKS Pod Identity: the token that is shown to the agent. */
  readonly podIdentity: ProjectedToken & {
    /** Where the agent answers. */
    readonly credentialsUri: string
  }
  /**
   * Variables that are added besides, such as AWS_ENDPOINT_URL and AWS_CA_BUNDLE, where the container has none of that name.
   * Empty by default, so that pods equal those of EKS.
   */
  readonly extraEnvironment: { readonly [name: string]: string }
  /** Set when roles for service accounts are not to be had in this cluster: says why, to whoever makes a pod that wants one. */
  readonly webIdentityUnavailable?: string
}

export interface ProjectedToken {
  readonly volume: string
  readonly audience: string
  readonly expirationSeconds: number
  readonly mountPath: string
  readonly file: string
}

/** As EKS configures its webhook. amazon-eks-pod-identity-webhook, "Usage"; EKS User Guide, "Understand how EKS Pod Identity works". */
export const eksDefaults: PodIdentityConfiguration = {
  regionalSts: true,
  annotationPrefix: 'eks.amazonaws.com',
  webIdentity: {
    volume: 'aws-iam-token',
    audience: 'sts.amazonaws.com',
    expirationSeconds: 86_400,
    mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
    file: 'token',
  },
  podIdentity: {
    volume: 'eks-pod-identity-token',
    audience: podsService,
    expirationSeconds: 86_400,
    mountPath: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
    file: 'eks-pod-identity-token',
    credentialsUri: 'http://169.254.170.23/v1/credentials',
  },
  extraEnvironment: {},
}

/** Where a cluster calls the webhook: by URL, or, when Gatehouse runs in the cluster, by its service. */
export type WebhookClient =
  | { readonly url: string }
  | { readonly service: { readonly namespace: string; readonly name: string; readonly path: string; readonly port: number } }

/**
 * The object that makes a cluster call this webhook for its pods.
 * @param client         reachable from the API server by HTTPS
 * @param caBundle       PEM of the authority that the client's certificate chains to
 * @param failurePolicy  as on EKS a pod made while the webhook is away runs without credentials (`Ignore`), rather than not at all (`Fail`)
 * @see                  Kubernetes API, admissionregistration.k8s.io/v1
 */
export const webhookConfiguration = <Client extends WebhookClient>(
  client: Client,
  caBundle: string,
  failurePolicy: 'Ignore' | 'Fail' = 'Ignore',
) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'pod-identity-webhook' },
  webhooks: [
    {
      name: 'iam-for-pods.amazonaws.com',
      admissionReviewVersions: ['v1', 'v1beta1'],
      clientConfig: { ...client, caBundle: Buffer.from(caBundle).toString('base64') },
      failurePolicy,
      matchPolicy: 'Equivalent',
      reinvocationPolicy: 'IfNeeded',
      namespaceSelector: failurePolicy === 'Ignore' ? {} : allNamespacesBut(client),
      objectSelector: { matchExpressions: [{ key: skipLabel, operator: 'DoesNotExist' }] },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }],
      sideEffects: 'None',
      timeoutSeconds: 10,
    },
  ],
})

/** The cluster's own pods, and the webhook's, must come up without it. Kubernetes documentation, "Dynamic Admission Control", "Avoiding deadlocks in self-hosted webhooks". */
const allNamespacesBut = (client: WebhookClient) => ({
  matchExpressions: [
    {
      key: 'kubernetes.io/metadata.name',
      operator: 'NotIn',
      values: ['kube-system', ...('service' in client ? [client.service.namespace] : [])],
    },
  ],
})

/** A pod with this label is not shown to the webhook. */
const skipLabel = 'eks.amazonaws.com/skip-pod-identity-webhook'
