import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { Json, JsonObject } from '../../types/json.ts'
import { duplicate, forbiddenField, required, unsupported, wrong, wrongValue } from './causes.ts'
import { labelNameProblems } from './names.ts'
import type { ObjectTransaction } from './object-store.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { findType, type ResourceType } from './resource-types.ts'
import { type Cause, invalid } from './status.ts'

const serviceType = findType('', 'v1', 'services') as ResourceType
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
/** Ports that services get on nodes. Kubernetes documentation, "Service", "type: NodePort". */
const nodePorts = { first: 30_000, last: 32_767 }
/** The address of the service `kubernetes`, first in the range. */
const apiServerOffset = 1
const mostTries = 1_000

/** What is wrong with a service. pkg/apis/core/validation of kube-apiserver. */
export function serviceCauses(object: KubernetesObject): Cause[] {
  const spec = objectOf(object['spec'])
  const type = textOf(spec['type'])
  const ports = listOf(spec['ports']).map(objectOf)
  const causes: Cause[] = []
  const isHeadless = spec['clusterIP'] === 'None'
  if (ports.length === 0 && type !== 'ExternalName' && !isHeadless) causes.push(required('spec.ports', ''))
  if (type === 'ExternalName' && textOf(spec['externalName']) === '') causes.push(required('spec.externalName', ''))
  if (isHeadless && type !== 'ClusterIP' && type !== 'ExternalName')
    causes.push(wrong('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  causes.push(...portCauses(ports))
  if (!types.includes(type)) causes.push(unsupported('spec.type', type, types))
  if (!['None', 'ClientIP'].includes(textOf(spec['sessionAffinity'])))
    causes.push(unsupported('spec.sessionAffinity', textOf(spec['sessionAffinity']), ['ClientIP', 'None']))
  ports.forEach((port, index) => {
    if (port['nodePort'] !== undefined && port['nodePort'] !== 0 && type !== 'NodePort' && type !== 'LoadBalancer')
      causes.push(forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"))
  })
  causes.push(...repeatedPortCauses(ports))
  return causes
}

const portRange = 'must be between 1 and 65535, inclusive'
const isPort = (value: Json | undefined) => typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536

function portCauses(ports: readonly JsonObject[]): Cause[] {
  const names: string[] = []
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`
    const name = textOf(port['name'])
    const number = port['port']
    const causes: Cause[] = []
    if (name === '' && ports.length > 1) causes.push(required(`${at}.name`, ''))
    if (name !== '') {
      causes.push(...labelNameProblems(name).map(problem => wrong(`${at}.name`, name, problem)))
      if (names.includes(name)) causes.push(duplicate(`${at}.name`, name))
      names.push(name)
    }
    if (!isPort(number)) causes.push(wrongValue(`${at}.port`, number ?? 0, portRange))
    if (!protocols.includes(textOf(port['protocol']))) causes.push(unsupported(`${at}.protocol`, textOf(port['protocol']), protocols))
    causes.push(...targetPortCauses(port['targetPort'], `${at}.targetPort`))
    return causes
  })
}

/** Two ports of one number and protocol. */
function repeatedPortCauses(ports: readonly JsonObject[]): Cause[] {
  const keys = ports.map(({ protocol, port }) => `${textOf(protocol)} ${String(port)}`)
  return ports.flatMap(({ protocol, port }, index) => {
    if (keys.indexOf(keys[index] as string) === index) return []
    const repeated = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
    return [{ reason: 'FieldValueDuplicate', field: `spec.ports[${index}]`, message: `Duplicate value: ${JSON.stringify(repeated)}` }]
  })
}

function targetPortCauses(targetPort: Json | undefined, at: string): Cause[] {
  if (typeof targetPort !== 'number' || isPort(targetPort)) return []
  return [wrongValue(at, targetPort, portRange)]
}

/** Services with addresses of their own. */
const isAddressed = (spec: JsonObject) => spec['type'] !== 'ExternalName' && spec['clusterIP'] !== 'None'

interface Allocation {
  readonly tx: ObjectTransaction
  /** Addresses of services: `10.100.0.0/16`. */
  readonly range: string
  uuid(): string
}

/**
 * A service with the addresses and ports that the API server gives it; those that it has already stay.
 * Kubernetes documentation, "Service ClusterIP allocation" and "Service", "type: NodePort".
 */
export async function allocated(object: KubernetesObject, allocation: Allocation): Promise<KubernetesObject> {
  const spec = objectOf(object['spec'])
  if (spec['type'] === 'ExternalName') return object
  const others = (await allocation.tx.list(serviceType)).filter(({ metadata }) => metadata.uid !== object.metadata.uid)
  const isIpv6 = allocation.range.includes(':')
  const address = isAddressed(spec) ? textOf(spec['clusterIP']) || freeAddress(others, allocation) : 'None'
  if (isAddressed(spec) && textOf(spec['clusterIP']) !== '') requireFree(object, address, others, allocation.range)
  return {
    ...object,
    spec: {
      ...spec,
      clusterIP: address,
      clusterIPs: listOf(spec['clusterIPs']).length > 0 ? (spec['clusterIPs'] as Json) : [address],
      ipFamilies: spec['ipFamilies'] ?? [isIpv6 ? 'IPv6' : 'IPv4'],
      ipFamilyPolicy: spec['ipFamilyPolicy'] ?? 'SingleStack',
      ...(spec['ports'] !== undefined && { ports: withNodePorts(spec, others, allocation) }),
    },
  }
}

const addressesOf = (services: readonly KubernetesObject[]) => new Set(services.map(({ spec }) => textOf(objectOf(spec)['clusterIP'])))

function freeAddress(others: readonly KubernetesObject[], { range, uuid }: Allocation): string {
  const taken = addressesOf(others)
  for (let tries = 0; tries < mostTries; tries += 1) {
    const address = addressIn(range, uuid())
    if (!taken.has(address)) return address
  }
  throw invalid('Service', '', '', [wrongValue('spec.clusterIPs', [], 'failed to allocate IP: range is full')])
}

/** An address in a range, neither its first two nor its last; which one the seed says. */
function addressIn(range: string, seed: string): string {
  const [network, bits] = ipaddr.parseCIDR(range)
  const bytes = network.toByteArray()
  const hostBits = bytes.length * 8 - bits
  const size = 1n << BigInt(hostBits)
  const hash = BigInt(`0x${createHash('sha256').update(seed).digest('hex').slice(0, 32)}`)
  const offset = BigInt(apiServerOffset + 1) + (hash % (size - BigInt(apiServerOffset + 2)))
  return addressAt(network, offset)
}

function addressAt(network: ipaddr.IPv4 | ipaddr.IPv6, offset: bigint): string {
  const bytes = network.toByteArray()
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + offset
  const moved = bytes.map((_, index) => Number((value >> BigInt(8 * (bytes.length - 1 - index))) & 0xffn))
  return ipaddr.fromByteArray(moved).toString()
}

/** The address of the API server in the range of services. Kubernetes documentation, "Cluster Networking". */
export const apiServerAddress = (range: string): string => addressAt(ipaddr.parseCIDR(range)[0], BigInt(apiServerOffset))

function requireFree(object: KubernetesObject, address: string, others: readonly KubernetesObject[], range: string): void {
  const refused = (why: string) =>
    invalid('Service', '', object.metadata.name ?? '', [
      wrongValue('spec.clusterIPs', [address], `failed to allocate IP ${address}: ${why}`),
    ])
  if (!ipaddr.isValid(address))
    throw invalid('Service', '', object.metadata.name ?? '', [
      wrong('spec.clusterIPs[0]', address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    ])
  const parsed = ipaddr.parse(address)
  const [network, bits] = ipaddr.parseCIDR(range)
  if (parsed.kind() !== network.kind() || !parsed.match(network, bits))
    throw refused('the provided network does not match the current range')
  if (addressesOf(others).has(address)) throw refused('provided IP is already allocated')
}

function withNodePorts(spec: JsonObject, others: readonly KubernetesObject[], { uuid }: Allocation): Json[] {
  const ports = listOf(spec['ports']).map(objectOf)
  const wanted = spec['type'] === 'NodePort' || (spec['type'] === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false)
  if (!wanted) return ports
  const taken = new Set(
    [...others.flatMap(other => listOf(objectOf(other['spec'])['ports'])), ...ports].map(port => Number(objectOf(port)['nodePort'] ?? 0)),
  )
  return ports.map(port => {
    if (port['nodePort'] !== undefined && port['nodePort'] !== 0) return port
    const size = nodePorts.last - nodePorts.first + 1
    let nodePort = nodePorts.first + (Number.parseInt(createHash('sha256').update(uuid()).digest('hex').slice(0, 8), 16) % size)
    for (let tries = 0; tries < size && taken.has(nodePort); tries += 1)
      nodePort = nodePort === nodePorts.last ? nodePorts.first : nodePort + 1
    taken.add(nodePort)
    return { ...port, nodePort }
  })
}

/** An update that leaves out what was allocated keeps it. */
export function keepingAllocated(before: KubernetesObject, after: KubernetesObject): KubernetesObject {
  const [old, spec] = [objectOf(before['spec']), objectOf(after['spec'])]
  if (!isAddressed(old) || !isAddressed(spec)) return after
  const oldPorts = listOf(old['ports']).map(objectOf)
  const nodePortOf = (port: JsonObject) =>
    oldPorts.find(candidate => candidate['port'] === port['port'] && candidate['protocol'] === port['protocol'])?.['nodePort']
  const keepsPorts =
    ['NodePort', 'LoadBalancer'].includes(textOf(spec['type'])) && ['NodePort', 'LoadBalancer'].includes(textOf(old['type']))
  const kept = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'].flatMap(field =>
    spec[field] === undefined && old[field] !== undefined ? [[field, old[field]] as const] : [],
  )
  return {
    ...after,
    spec: {
      ...spec,
      ...(Object.fromEntries(kept) as JsonObject),
      ...(keepsPorts && {
        ports: listOf(spec['ports'])
          .map(objectOf)
          .map(port => {
            const nodePort = port['nodePort'] ?? nodePortOf(port)
            return nodePort === undefined ? port : { ...port, nodePort }
          }),
      }),
    },
  }
}

/** Addresses are for life. */
export function serviceChangeCauses(before: JsonObject, after: JsonObject): Cause[] {
  if (!isAddressed(before) || !isAddressed(after)) return []
  return before['clusterIP'] === after['clusterIP']
    ? []
    : [wrongValue('spec.clusterIPs[0]', [textOf(after['clusterIP'])], 'may not change once set')]
}
