import { type ClusterEscalation, need } from './cluster-escalation.ts'

/** Objects that make pods of a template: who may write them chooses the pods' service account. */
const workloads = [
  'deployments.apps',
  'daemonsets.apps',
  'statefulsets.apps',
  'replicasets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'replicationcontrollers',
]

/** Objects whose pods have a service account of the caller's choice. */
export const workloadRules: readonly ClusterEscalation[] = workloads.flatMap(resource => {
  const [plural = ''] = resource.split('.')
  const rule = (verb: string, title: string): ClusterEscalation => ({
    id: `kubernetes-${verb}-${plural}`,
    title: `${title} ${plural} whose pods have a service account of its choice`,
    over: 'service accounts of a namespace',
    needs: [need(verb, resource, 'target')],
    // Embedded clusters do not serve this one.
    performed: plural === 'replicationcontrollers' ? 'control plane' : 'embedded',
  })
  const changed = plural === 'jobs' ? [] : [rule('patch', 'patches'), rule('update', 'updates')]
  return [rule('create', 'creates'), ...changed]
})
