import type { Json, JsonObject } from '../../types/json.ts'
import { ageOf } from './ages.ts'
import { ageColumn, type Column, labelsText, nameColumn, none, numberOf, orNone, selectorText, specOf, statusOf } from './column.ts'
import { type KubernetesObject, listOf, objectOf, textOf } from './objects.ts'
import { workloadColumns } from './workload-columns.ts'

const createdColumn: Column = { name: 'Created At', value: object => object.metadata.creationTimestamp ?? '' }
const count = (value: Json | undefined) => Object.keys(objectOf(value)).length

const roleOf = (object: KubernetesObject) => `${textOf(objectOf(object['roleRef'])['kind'])}/${textOf(objectOf(object['roleRef'])['name'])}`

const subjectsOf = (kind: string) => (object: KubernetesObject) =>
  listOf(object['subjects'])
    .map(objectOf)
    .filter(subject => subject['kind'] === kind)
    .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${textOf(namespace)}/${textOf(name)}` : textOf(name)))
    .join(', ')

const bindingColumns: readonly Column[] = [
  nameColumn,
  { name: 'Role', value: roleOf },
  ageColumn,
  { name: 'Users', value: subjectsOf('User'), wide: true },
  { name: 'Groups', value: subjectsOf('Group'), wide: true },
  { name: 'ServiceAccounts', value: subjectsOf('ServiceAccount'), wide: true },
]

const eventColumns: readonly Column[] = [
  { name: 'Last Seen', value: (object, now) => ageOf(textOf(object['lastTimestamp']) || object.metadata.creationTimestamp, now) },
  { name: 'Type', value: object => textOf(object['type']) },
  { name: 'Reason', value: object => textOf(object['reason']) },
  {
    name: 'Object',
    value: object =>
      `${textOf(objectOf(object['involvedObject'])['kind']).toLowerCase()}/${textOf(objectOf(object['involvedObject'])['name'])}`,
  },
  { name: 'Message', value: object => textOf(object['message']) },
]

const portText = (port: JsonObject) => {
  const nodePort = numberOf(port['nodePort'])
  return `${numberOf(port['port'])}${nodePort > 0 ? `:${nodePort}` : ''}/${textOf(port['protocol'])}`
}

function externalAddress(object: KubernetesObject): string {
  const { type, externalIPs, externalName } = specOf(object)
  if (type === 'ExternalName') return textOf(externalName)
  const ingress = listOf(objectOf(statusOf(object)['loadBalancer'])['ingress'])
    .map(objectOf)
    .map(({ ip, hostname }) => textOf(ip) || textOf(hostname))
  const all = [...(type === 'LoadBalancer' ? ingress : []), ...listOf(externalIPs).map(textOf)].join(',')
  return all || (type === 'LoadBalancer' ? '<pending>' : none)
}

const serviceColumns: readonly Column[] = [
  nameColumn,
  { name: 'Type', value: object => textOf(specOf(object)['type']) },
  { name: 'Cluster-IP', value: object => orNone(textOf(listOf(specOf(object)['clusterIPs'])[0])) },
  { name: 'External-IP', value: externalAddress },
  { name: 'Port(s)', value: object => orNone(listOf(specOf(object)['ports']).map(objectOf).map(portText).join(',')) },
  ageColumn,
  { name: 'Selector', value: object => labelsText(specOf(object)['selector']), wide: true },
]

const rolePrefix = 'node-role.kubernetes.io/'

function nodeStatus(object: KubernetesObject): string {
  const ready = listOf(statusOf(object)['conditions'])
    .map(objectOf)
    .find(({ type }) => type === 'Ready')
  const status = ready ? (ready['status'] === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return specOf(object)['unschedulable'] === true ? `${status},SchedulingDisabled` : status
}

const addressOf = (type: string) => (object: KubernetesObject) => {
  const found = listOf(statusOf(object)['addresses'])
    .map(objectOf)
    .find(address => address['type'] === type)
  return orNone(textOf(found?.['address']))
}

const nodeInfo = (member: string) => (object: KubernetesObject) => textOf(objectOf(statusOf(object)['nodeInfo'])[member])
const nodeInfoOr = (member: string) => (object: KubernetesObject) => nodeInfo(member)(object) || '<unknown>'

const nodeColumns: readonly Column[] = [
  nameColumn,
  { name: 'Status', value: nodeStatus },
  {
    name: 'Roles',
    value: ({ metadata: { labels = {} } }) =>
      orNone(
        Object.keys(labels)
          .filter(key => key.startsWith(rolePrefix) && key.length > rolePrefix.length)
          .map(key => key.slice(rolePrefix.length))
          .sort()
          .join(','),
      ),
  },
  ageColumn,
  { name: 'Version', value: nodeInfo('kubeletVersion') },
  { name: 'Internal-IP', value: addressOf('InternalIP'), wide: true },
  { name: 'External-IP', value: addressOf('ExternalIP'), wide: true },
  { name: 'OS-Image', value: nodeInfoOr('osImage'), wide: true },
  { name: 'Kernel-Version', value: nodeInfoOr('kernelVersion'), wide: true },
  { name: 'Container-Runtime', value: nodeInfoOr('containerRuntimeVersion'), wide: true },
]

/** Columns that kubectl shows, by kind, as the real API server prints them. */
const columns: { readonly [kind: string]: readonly Column[] } = {
  ...workloadColumns,
  Namespace: [nameColumn, { name: 'Status', value: object => textOf(statusOf(object)['phase']) }, ageColumn],
  ConfigMap: [nameColumn, { name: 'Data', value: object => count(object['data']) + count(object['binaryData']) }, ageColumn],
  Secret: [
    nameColumn,
    { name: 'Type', value: object => textOf(object['type']) },
    { name: 'Data', value: object => count(object['data']) },
    ageColumn,
  ],
  ServiceAccount: [nameColumn, { name: 'Secrets', value: object => listOf(object['secrets']).length }, ageColumn],
  Node: nodeColumns,
  Service: serviceColumns,
  NetworkPolicy: [nameColumn, { name: 'Pod-Selector', value: object => selectorText(objectOf(specOf(object)['podSelector'])) }, ageColumn],
  Role: [nameColumn, createdColumn],
  ClusterRole: [nameColumn, createdColumn],
  RoleBinding: bindingColumns,
  ClusterRoleBinding: bindingColumns,
  Event: eventColumns,
}

/** What of a kind's objects a table shows. */
export const columnsOf = (kind: string): readonly Column[] => columns[kind] ?? [nameColumn, ageColumn]
