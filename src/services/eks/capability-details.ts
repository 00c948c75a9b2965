import type { CapabilityConfigurationRequest } from '../../wire/models/eks.ts'

export interface CapabilityDetails {
  readonly type: string
  readonly roleArn: string
  readonly deletePropagationPolicy: string
  readonly configuration?: CapabilityConfigurationRequest
}
