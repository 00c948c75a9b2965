import type { KubernetesObject } from './objects.ts'

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly key: string
  readonly object: KubernetesObject
  readonly revision: number
}
