import type { WireRequest } from '../../wire/message.ts'

/**
 * The cookie that holds a session's id. Over HTTPS its prefix has browsers refuse it from any other host, such as that of a bucket.
 * @see RFC 6265bis, "The __Host- Prefix" and "SameSite"
 */
const nameOf = (secure: boolean) => (secure ? '__Host-gatehouse-session' : 'gatehouse-session')

/** @param expiresAt  epoch milliseconds */
export function sessionCookie(id: string, expiresAt: number, { secure, receivedAt }: Pick<WireRequest, 'secure' | 'receivedAt'>): string {
  const seconds = Math.max(0, Math.floor((expiresAt - receivedAt) / 1000))
  return `${nameOf(secure)}=${id}; Max-Age=${seconds}; ${attributesOf(secure)}`
}

export const noSessionCookie = ({ secure }: Pick<WireRequest, 'secure'>): string => `${nameOf(secure)}=; Max-Age=0; ${attributesOf(secure)}`

const attributesOf = (secure: boolean) => `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`

/** The id that a request's cookie holds; undefined unless there is exactly one. */
export function sessionIdOf({ headers, secure }: Pick<WireRequest, 'headers' | 'secure'>): string | undefined {
  const wanted = `${nameOf(secure)}=`
  const found = (headers['cookie'] ?? '').split(/[;,]/).flatMap(pair => {
    const text = pair.trim()
    return text.startsWith(wanted) ? [text.slice(wanted.length)] : []
  })
  return found.length === 1 && /^[A-Za-z0-9_-]{43}$/.test(found[0] as string) ? found[0] : undefined
}
