// The parts of a pod that the webhook reads and writes. Kubernetes API, core/v1. All else in a pod stays as it is.

export interface Pod {
  readonly metadata?: {
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
    readonly annotations?: { readonly [key: string]: string }
    readonly labels?: { readonly [key: string]: string }
  }
  readonly spec?: PodSpec
}

export interface PodSpec {
  readonly serviceAccountName?: string
  readonly nodeName?: string
  readonly nodeSelector?: { readonly [key: string]: string }
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
}

export interface Container {
  readonly name: string
  readonly env?: readonly EnvironmentVariable[]
  readonly volumeMounts?: readonly VolumeMount[]
}

export interface EnvironmentVariable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string }; readonly [source: string]: unknown }
}

export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly readOnly?: boolean
}

export interface Volume {
  readonly name: string
  readonly projected?: {
    readonly defaultMode?: number
    readonly sources?: readonly { readonly serviceAccountToken?: TokenProjection }[]
  }
}

interface TokenProjection {
  /** The API server's own when absent. */
  readonly audience?: string
  readonly expirationSeconds?: number
  readonly path: string
}
