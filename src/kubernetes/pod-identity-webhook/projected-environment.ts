import type { Container, EnvironmentVariable, Pod } from './pod.ts'

/** A token that the kubelet would write for a container and keep fresh. */
export interface ProjectedTokenFile {
  /** Where the container sees it. */
  readonly path: string
  /** The API server's own when absent. */
  readonly audience?: string
  readonly expirationSeconds: number
  readonly volume: string
}

/** What a process in a container would see. */
export interface ProjectedEnvironment {
  readonly environment: { readonly [name: string]: string }
  readonly tokens: readonly ProjectedTokenFile[]
  /** Variables whose value only a cluster has: from secrets, config maps, and what the kubelet knows. */
  readonly unresolved: readonly string[]
}

/** Kubernetes API, core/v1 ServiceAccountTokenProjection. */
const defaultExpirationSeconds = 3600

/**
 * The environment of a container's process, and the tokens that its variables point to.
 * @param container  by name; the first one without
 * @throws           Error when the pod has no such container
 */
export function projectedEnvironment(pod: Pod, container?: string): ProjectedEnvironment {
  const found = container === undefined ? pod.spec?.containers?.[0] : allContainers(pod).find(({ name }) => name === container)
  if (!found) throw new Error(container === undefined ? 'the pod has no container' : `the pod has no container ${container}`)
  const environment = Object.create(null) as { [name: string]: string }
  const unresolved: string[] = []
  for (const variable of found.env ?? []) {
    const value = valueOf(variable, pod, environment)
    if (value === undefined) unresolved.push(variable.name)
    else environment[variable.name] = value
  }
  return { environment, tokens: tokensOf(pod, found), unresolved }
}

const allContainers = ({ spec }: Pod) => [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]

function valueOf({ value, valueFrom }: EnvironmentVariable, pod: Pod, earlier: { readonly [name: string]: string }): string | undefined {
  if (!valueFrom) return expand(value ?? '', earlier)
  const { fieldRef } = valueFrom
  return fieldRef && fieldOf(pod, fieldRef.fieldPath)
}

/** `$(NAME)` is an earlier variable, `$$` a dollar sign. Kubernetes documentation, "Define Dependent Environment Variables". */
const expand = (text: string, earlier: { readonly [name: string]: string }) =>
  text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name?: string) => {
    if (match === '$$') return '$'
    return name !== undefined && Object.hasOwn(earlier, name) ? (earlier[name] ?? '') : match
  })

/** Kubernetes documentation, "Downward API", "Available fields". */
function fieldOf({ metadata, spec }: Pod, path: string): string | undefined {
  const [, kind, key = ''] = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path) ?? []
  if (kind === 'annotations' || kind === 'labels') return metadata?.[kind]?.[key] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata?.name
    case 'metadata.namespace':
      return metadata?.namespace
    case 'metadata.uid':
      return metadata?.uid
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName
    case 'spec.nodeName':
      return spec?.nodeName
    default:
      return undefined
  }
}

function tokensOf({ spec }: Pod, container: Container): ProjectedTokenFile[] {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const sources = spec?.volumes?.find(volume => volume.name === name)?.projected?.sources ?? []
    return sources.flatMap(({ serviceAccountToken: token }) => {
      if (!token) return []
      const path = `${mountPath.replace(/\/$/, '')}/${token.path}`
      const expirationSeconds = token.expirationSeconds ?? defaultExpirationSeconds
      return [{ path, volume: name, expirationSeconds, ...(token.audience !== undefined && { audience: token.audience }) }]
    })
  })
}
