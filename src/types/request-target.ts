/** What a request is for; or why two readers could understand it in two ways, although its lines parse. */
export type RequestTarget =
  | { readonly path: string /** Without `?`. */; readonly query: string; readonly problem?: undefined }
  | { readonly problem: string; readonly path?: undefined }

/** RFC 3986, section 3.2: a host, which may be empty, and a port. Without the comma that joins two headers. */
const hostForm = /^(?:[\w.~%!$&'()*+;=-]*|\[[\da-f:.]+\])(?::\d*)?$/i
const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * Reads a request's target, in origin form or, as clients send it through a proxy, in absolute form.
 * @param url   as it stands in the request's first line
 * @param host  the value of Host; several are joined by commas
 * @see RFC 9112, sections 3.2 and 3.2.2. Where a target in absolute form and Host name two hosts it lets the target count; we take neither.
 */
export function requestTarget(url: string, host: string | undefined): RequestTarget {
  if (host?.includes(',')) return { problem: 'The request has more than one Host header.' }
  if (host !== undefined && !hostForm.test(host)) return { problem: 'The Host header is not a host.' }
  if (url.startsWith('/') || url === '*') return split(url)
  const [, authority, rest = ''] = absoluteForm.exec(url) ?? []
  if (authority === undefined) return { problem: 'The target of the request is none.' }
  if (host !== undefined && authority.toLowerCase() !== host.toLowerCase()) return { problem: 'The request names two hosts.' }
  return split(rest.startsWith('/') ? rest : `/${rest}`)
}

function split(target: string): RequestTarget {
  const mark = target.indexOf('?')
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}
