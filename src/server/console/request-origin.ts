import type { WireRequest } from '../../wire/message.ts'

/** Where a browser sees the console; undefined for a host that is no host. A proxy may have taken TLS off. */
export function originOf({ headers, secure }: Pick<WireRequest, 'headers' | 'secure'>): string | undefined {
  const host = headers['host'] ?? ''
  return /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/i.test(host) ? `${secure ? 'https' : 'http'}://${host}` : undefined
}

/**
 * Whether a request that changes something comes from a page of our own: browsers say so, and no page can have them say otherwise.
 * @see Fetch Standard, "Origin header"; W3C Fetch Metadata, "Sec-Fetch-Site"
 */
export function isFromOwnPage({ headers }: Pick<WireRequest, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const origin = headers['origin']
  return origin !== undefined && /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === headers['host']
}
