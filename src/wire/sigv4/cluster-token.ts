import { presignQuery, type SigningCredentials } from './sign.ts'

/** Seconds that the URL says it is good for; verifiers hold it to theirs. */
const lifetimeSeconds = 60

/**
 * A cluster token, as `aws eks get-token` makes it: a presigned call of GetCallerIdentity.
 * @param now  epoch milliseconds
 * @see        EKS User Guide; aws-iam-authenticator, "API Authorization from Outside a Cluster"
 */
export function presignedClusterToken(
  { endpoint, region, credentials }: { readonly endpoint: string; readonly region: string; readonly credentials: SigningCredentials },
  clusterName: string,
  now: number,
): string {
  const { host } = new URL(endpoint)
  const query = presignQuery(
    { method: 'GET', path: '/', query: 'Action=GetCallerIdentity&Version=2011-06-15', headers: { host, 'x-k8s-aws-id': clusterName } },
    credentials,
    { region, service: 'sts' },
    lifetimeSeconds,
    now,
  )
  return `k8s-aws-v1.${Buffer.from(`${endpoint}/?${query}`).toString('base64url')}`
}
