import type { ClientModel } from './client-model.ts'
import type { ServiceName } from './service-types.ts'

/** Each model is a file of its own that the first call of its service loads. */
const models: Record<ServiceName, () => Promise<{ default: ClientModel }>> = {
  accessanalyzer: () => import('gatehouse-model:access-analyzer'),
  cloudtrail: () => import('gatehouse-model:cloudtrail'),
  eks: () => import('gatehouse-model:eks'),
  'gatehouse-analysis': async () => ({ default: (await import('../../src/services/analysis/model.ts')).model }),
  'gatehouse-issuers': async () => ({ default: (await import('../../src/services/issuers/model.ts')).model }),
  iam: () => import('gatehouse-model:iam'),
  organizations: () => import('gatehouse-model:organizations'),
  sts: () => import('gatehouse-model:sts'),
}

export const modelOf = async (service: ServiceName): Promise<ClientModel> => (await models[service]()).default
