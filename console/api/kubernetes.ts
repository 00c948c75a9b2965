import { ApiError } from './api-error.ts'
import { credentials } from './credentials.ts'
import { currentRegion } from './region.ts'
import { presignQuery } from './signer.ts'

/** Whether a cluster's API can be asked from this page: browsers let a page talk to the server that it came from, which embedded clusters are part of. */
export const isReachable = (endpoint: string | undefined): endpoint is string => endpoint?.startsWith(`${location.origin}/`) ?? false

const tokenSeconds = 60

/** Reads an object or a list of a cluster as whoever is signed in, with a token such as `aws eks get-token` makes. @throws ApiError in the API server's words */
export async function readKubernetes<Answer>(cluster: { readonly name: string; readonly endpoint: string }, path: string): Promise<Answer> {
  const query = await presignQuery(
    { path: '/', query: 'Action=GetCallerIdentity&Version=2011-06-15', headers: { host: location.host, 'x-k8s-aws-id': cluster.name } },
    await credentials.current(),
    { region: currentRegion(), service: 'sts' },
    { expiresSeconds: tokenSeconds, now: Date.now() },
  )
  const token = `k8s-aws-v1.${base64Url(`${location.origin}/?${query}`)}`
  const response = await fetch(`${cluster.endpoint}${path}`, { headers: { accept: 'application/json', authorization: `Bearer ${token}` } })
  const body = (await response.json()) as Answer & { readonly message?: string; readonly reason?: string }
  if (!response.ok)
    throw new ApiError(body.reason ?? `HTTP ${response.status}`, body.message ?? 'The cluster refused.', {
      status: response.status,
      requestId: '',
    })
  return body
}

const base64Url = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
