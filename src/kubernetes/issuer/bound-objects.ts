import { decodeJwt } from 'jose'

/** What a service account's token is bound to: it is good while these exist. Kubernetes documentation, "Bound service account tokens". */
export interface BoundObjects {
  readonly namespace: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
  readonly pod?: { readonly name: string; readonly uid: string }
}

/** @param token  whose signature somebody has verified; undefined when it is no service account's */
export function boundObjectsOf(token: string): BoundObjects | undefined {
  const claims = decodeJwt(token)['kubernetes.io'] as
    | { readonly namespace?: unknown; readonly serviceaccount?: unknown; readonly pod?: unknown }
    | undefined
  const serviceAccount = named(claims?.serviceaccount)
  const pod = named(claims?.pod)
  if (typeof claims?.namespace !== 'string' || !serviceAccount) return undefined
  return { namespace: claims.namespace, serviceAccount, ...(pod && { pod }) }
}

function named(value: unknown): { readonly name: string; readonly uid: string } | undefined {
  const { name, uid } = (value ?? {}) as { readonly name?: unknown; readonly uid?: unknown }
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined
}
