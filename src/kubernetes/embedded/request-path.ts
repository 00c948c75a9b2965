/** What a path of the Kubernetes API names. Kubernetes documentation, "Kubernetes API Concepts", "Resource URIs". */
export interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly resource: string
  /** The namespace that the path is in; for a namespace itself, its name, as rights in it count. */
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  /** Whether the path begins with `namespaces/` and a name, so that what it names must be in one. */
  readonly inNamespace: boolean
}

/**
 * @param path  after the cluster's prefix, decoded, such as `/api/v1/namespaces/shop/pods/checkout`
 * @returns     undefined for paths that name no resource, such as `/healthz` and discovery
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.replaceAll(/^\/|\/$/g, '').split('/')
  // A path with a part left out names nothing: which part it would be taken for depends on who reads it.
  if (parts.includes('')) return undefined
  const [root] = parts
  const rest = root === 'api' ? ['', ...parts.slice(1)] : root === 'apis' ? parts.slice(1) : []
  const [group, version, ...words] = rest
  if (group === undefined || version === undefined || words.length === 0) return undefined
  // `/namespaces/shop` is the namespace itself; `/namespaces/shop/pods` something in it, but for the namespace's own subresources.
  const inNamespace =
    words[0] === 'namespaces' &&
    words.length > 2 &&
    !(group === '' && ['status', 'finalize'].includes(words[2] as string) && words.length === 3)
  const namespace = inNamespace ? (words[1] as string) : words[0] === 'namespaces' && group === '' ? (words[1] ?? '') : ''
  const [resource = '', name = '', ...subresource] = inNamespace ? words.slice(2) : words
  return { group, version, resource, namespace, name, subresource: subresource.join('/'), inNamespace }
}

/** A path without its percent signs; undefined when they lead to no text. */
export function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
