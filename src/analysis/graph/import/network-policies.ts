import { type LabelSelector, selectsLabels } from '../../../cluster-access/label-selector.ts'
import { parseAddress, parsePrefix, prefixContains } from '../../../policy/ip.ts'
import { metadataAddresses } from '../metadata-addresses.ts'
import { type Fields, fieldsOf, listOf, objectsOf, textMembers, textOf, textsOf } from './fields.ts'

/** A NetworkPolicy that limits where its pods may go. Kubernetes API, networking.k8s.io/v1 NetworkPolicy. */
export interface NetworkPolicy {
  readonly namespace: string
  readonly podSelector: LabelSelector
  readonly egress: readonly Fields[]
}

const metadataPort = 80

/** The policy, if it is of egress: "if no policyTypes are specified, ... Egress will be set if the NetworkPolicy has any egress rules". */
export function egressPolicyOf(object: Fields): NetworkPolicy[] {
  const spec = fieldsOf(object['spec'])
  const types = Array.isArray(spec['policyTypes']) ? textsOf(spec['policyTypes']) : listOf(spec['egress']).length > 0 ? ['Egress'] : []
  if (!types.includes('Egress')) return []
  const namespace = textOf(fieldsOf(object['metadata'])['namespace']) || 'default'
  return [{ namespace, podSelector: selectorOf(spec['podSelector']), egress: objectsOf(spec['egress']) }]
}

/** A label selector of an object. Kubernetes API, meta/v1 LabelSelector. */
export function selectorOf(value: unknown): LabelSelector {
  const { matchLabels, matchExpressions } = fieldsOf(value)
  return {
    matchLabels: textMembers(matchLabels),
    matchExpressions: objectsOf(matchExpressions).map(({ key, operator, values }) => ({
      key: textOf(key),
      operator: textOf(operator),
      values: textsOf(values),
    })),
  }
}

/**
 * Which addresses of instance metadata a pod may not go to: policies of egress select it, and none of them lets it there.
 * Kubernetes documentation, "Network Policies", "The two sorts of pod isolation".
 */
export function metadataKeptFrom(
  pod: { readonly namespace: string; readonly labels: { readonly [name: string]: string } },
  policies: readonly NetworkPolicy[],
): string[] {
  const own = policies.filter(({ namespace, podSelector }) => namespace === pod.namespace && selectsLabels(podSelector, pod.labels))
  if (own.length === 0) return []
  return metadataAddresses.filter(address => !own.some(({ egress }) => egress.some(rule => letsTo(rule, address))))
}

/** A rule without peers is for everywhere, one without ports for all. Peers that select pods are no addresses of a node's link. */
function letsTo({ to, ports }: Fields, address: string): boolean {
  const peers = objectsOf(to)
  const reaches = peers.length === 0 || peers.some(({ ipBlock }) => ipBlock !== undefined && holds(fieldsOf(ipBlock), address))
  const entries = objectsOf(ports)
  return reaches && (entries.length === 0 || entries.some(holdsPort))
}

function holds({ cidr, except }: Fields, address: string): boolean {
  return isIn(textOf(cidr), address) && !textsOf(except).some(range => isIn(range, address))
}

function isIn(range: string, text: string): boolean {
  const [prefix, address] = [parsePrefix(range), parseAddress(text)]
  return prefix !== undefined && address !== undefined && prefixContains(prefix, address)
}

/** Named ports are those of pods. */
function holdsPort({ protocol, port, endPort }: Fields): boolean {
  if ((textOf(protocol) || 'TCP') !== 'TCP') return false
  if (port === undefined) return true
  if (typeof port !== 'number') return false
  return typeof endPort === 'number' ? port <= metadataPort && metadataPort <= endPort : port === metadataPort
}
