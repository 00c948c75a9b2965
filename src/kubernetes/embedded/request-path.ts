/** What a path of the Kubernetes API names. Kubernetes documentation, "Kubernetes API Concepts", "Resource URIs". */
export interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
}

/**
 * @param path  after the cluster's prefix, such as `/api/v1/namespaces/shop/pods/checkout`
 * @returns     undefined for paths that name no resource, such as `/healthz` and discovery
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path
    .split('/')
    .filter(part => part !== '')
    .map(decode)
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
  return { group, version, resource, namespace, name, subresource: subresource.join('/') }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
