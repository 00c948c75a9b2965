import type { JsonObject } from '../../types/json.ts'
import { objectOf } from './objects.ts'

/**
 * Fills in what the API server fills in of a deployment itself; of its pods' template it does not. Clients count on these: `kubectl describe` ends
 * with a fault of its own where `replicas` is missing. Kubernetes API reference, "DeploymentSpec" and "DeploymentStrategy".
 */
export function defaultDeploymentSpec(spec: JsonObject): JsonObject {
  return {
    ...spec,
    replicas: spec['replicas'] ?? 1,
    strategy: defaultStrategy(objectOf(spec['strategy'])),
    revisionHistoryLimit: spec['revisionHistoryLimit'] ?? 10,
    progressDeadlineSeconds: spec['progressDeadlineSeconds'] ?? 600,
  }
}

function defaultStrategy(strategy: JsonObject): JsonObject {
  const type = strategy['type'] ?? 'RollingUpdate'
  if (type !== 'RollingUpdate') return { ...strategy, type }
  const rolling = objectOf(strategy['rollingUpdate'])
  return {
    ...strategy,
    type,
    rollingUpdate: { ...rolling, maxUnavailable: rolling['maxUnavailable'] ?? '25%', maxSurge: rolling['maxSurge'] ?? '25%' },
  }
}
