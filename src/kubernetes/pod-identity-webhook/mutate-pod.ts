import type { PodIdentityConfiguration } from './configuration.ts'
import type { Container, EnvironmentVariable, Pod, Volume, VolumeMount } from './pod.ts'
import { type PodCredentials, podCredentials, type ServiceAccount } from './pod-credentials.ts'

/** One step of a JSON Patch. RFC 6902. */
export interface PatchOperation {
  readonly op: 'add'
  readonly path: string
  readonly value: unknown
}

export interface Mutation {
  readonly pod: Pod
  /** What makes the pod of what came in; empty when nothing is to be done. */
  readonly patch: readonly PatchOperation[]
  /** Why the pod does not get what its service account asks for. */
  readonly warning?: string
}

/**
 * Gives a pod what its containers need to get credentials: variables, a projected token, a mount. Only ever adds; what a pod or
 * container has already stays, so that a second time changes nothing. Security contexts, `fsGroup` among them, stay too: containers
 * that do not run as root may read the token since Kubernetes 1.19.
 * @see amazon-eks-pod-identity-webhook, README
 */
export function mutatePod(pod: Pod, serviceAccount: ServiceAccount, configuration: PodIdentityConfiguration): Mutation {
  const credentials = podCredentials(pod, serviceAccount, configuration)
  if (credentials === undefined || pod.spec === undefined) return { pod, patch: [] }
  if (typeof credentials === 'string') return { pod, patch: [], warning: credentials }

  const patch: PatchOperation[] = []
  const mutate = (list: 'containers' | 'initContainers') =>
    pod.spec?.[list]?.map((container, index) =>
      credentials.skipped.has(container.name)
        ? container
        : mutateContainer(
            container,
            `/spec/${list}/${index}`,
            variablesFor(container, pod, credentials, configuration),
            credentials,
            patch,
          ),
    )
  const volumes = withVolume(pod.spec.volumes, credentials, patch)
  const initContainers = mutate('initContainers')
  const containers = mutate('containers')
  const spec = { ...pod.spec, ...(volumes && { volumes }), ...(initContainers && { initContainers }), ...(containers && { containers }) }
  return { pod: { ...pod, spec }, patch }
}

function withVolume(
  volumes: readonly Volume[] | undefined,
  { token }: PodCredentials,
  patch: PatchOperation[],
): readonly Volume[] | undefined {
  const { volume: name, audience, expirationSeconds, file: path } = token
  if (volumes?.some(volume => volume.name === name)) return volumes
  const sources = [{ serviceAccountToken: { audience, expirationSeconds, path } }]
  // 0644, which the API server would fill in.
  const volume: Volume = { name, projected: { defaultMode: 420, sources } }
  patch.push(volumes ? { op: 'add', path: '/spec/volumes/0', value: volume } : { op: 'add', path: '/spec/volumes', value: [volume] })
  return [volume, ...(volumes ?? [])]
}

function mutateContainer(
  container: Container,
  path: string,
  variables: readonly EnvironmentVariable[],
  { token }: PodCredentials,
  patch: PatchOperation[],
): Container {
  const mount: VolumeMount = { name: token.volume, readOnly: true, mountPath: token.mountPath }
  const mounted = container.volumeMounts?.some(({ name, mountPath }) => name === mount.name || mountPath === mount.mountPath)
  const env = appended(container.env, variables, `${path}/env`, patch)
  const volumeMounts = appended(container.volumeMounts, mounted ? [] : [mount], `${path}/volumeMounts`, patch)
  return { ...container, ...(env && { env }), ...(volumeMounts && { volumeMounts }) }
}

function appended<Item>(
  list: readonly Item[] | undefined,
  items: readonly Item[],
  path: string,
  patch: PatchOperation[],
): readonly Item[] | undefined {
  if (items.length === 0) return list
  if (list) for (const value of items) patch.push({ op: 'add', path: `${path}/-`, value })
  else patch.push({ op: 'add', path, value: items })
  return [...(list ?? []), ...items]
}

/** The variables that a container lacks, in the order in which EKS adds them. */
function variablesFor(
  container: Container,
  pod: Pod,
  credentials: PodCredentials,
  configuration: PodIdentityConfiguration,
): EnvironmentVariable[] {
  const present = new Set(container.env?.map(({ name }) => name))
  const added: EnvironmentVariable[] = []
  const addTogether = (variables: readonly EnvironmentVariable[]) => {
    if (!variables.some(({ name }) => present.has(name))) added.push(...variables)
  }
  if (credentials.regionalSts) addTogether([{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }])
  const { region } = configuration
  if (region !== undefined)
    addTogether([
      { name: 'AWS_DEFAULT_REGION', value: region },
      { name: 'AWS_REGION', value: region },
    ])
  const windows = isWindows(pod)
  addTogether(credentials.variables.map(({ name, value, isPath }) => ({ name, value: isPath && windows ? windowsPath(value) : value })))
  for (const [name, value] of Object.entries(configuration.extraEnvironment)) addTogether([{ name, value }])
  return added
}

/** Windows pods are told by their node selector; node affinity is not looked at, as on EKS. */
const isWindows = ({ spec }: Pod) =>
  spec?.nodeSelector?.['kubernetes.io/os'] === 'windows' || spec?.nodeSelector?.['beta.kubernetes.io/os'] === 'windows'

const windowsPath = (path: string) => `C:${path.replaceAll('/', '\\')}`
