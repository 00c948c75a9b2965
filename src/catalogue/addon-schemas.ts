/** The part of JSON Schema, draft 6, that EKS's add-ons use. */
export interface JsonSchema {
  readonly $schema?: string
  readonly $ref?: string
  readonly definitions?: { readonly [name: string]: JsonSchema }
  readonly title?: string
  readonly description?: string
  readonly type?: JsonType | readonly JsonType[]
  readonly format?: string
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly minimum?: number
  readonly default?: unknown
}

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'boolean' | 'null'

const $schema = 'http://json-schema.org/draft-06/schema#'
const text: JsonSchema = { type: 'string' }
const texts: JsonSchema = { type: 'object', additionalProperties: text }
/** Values of environment variables: always texts, whatever they stand for. */
const flag: JsonSchema = { type: 'string', format: 'boolean' }
const number: JsonSchema = { type: 'string', format: 'integer' }
const closed = (title: string, properties: { readonly [name: string]: JsonSchema }): JsonSchema => ({
  additionalProperties: false,
  properties,
  title,
  type: 'object',
})
const each = (names: readonly string[], schema: JsonSchema) => Object.fromEntries(names.map(name => [name, schema]))
const definition = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` })

const resources = {
  Limits: closed('Limits', { cpu: text, memory: text }),
  Resources: closed('Resources', { limits: definition('Limits'), requests: definition('Limits') }),
}

/** Any object: of add-ons whose schema is not published. */
export const anyObject: JsonSchema = { $schema, type: 'object' }

/** CoreDNS's, as users were shown it of v1.10.1-eksbuild.11 and v1.11.1-eksbuild.8, with the autoscaling of EKS User Guide, "Scale CoreDNS Pods for high DNS traffic". */
export const corednsSchema: JsonSchema = {
  ...definition('Coredns'),
  $schema,
  definitions: {
    Coredns: closed('Coredns', {
      affinity: { description: 'Affinity of the coredns pods', type: ['object', 'null'] },
      autoScaling: {
        ...closed('autoScaling', { enabled: { type: 'boolean' }, minReplicas: { type: 'integer' }, maxReplicas: { type: 'integer' } }),
        description: 'autoScaling configurations',
      },
      computeType: text,
      corefile: { description: 'Entire corefile contents to use with installation', type: 'string' },
      nodeSelector: texts,
      podAnnotations: { type: 'object' },
      podDisruptionBudget: { description: 'podDisruptionBudget configurations', type: 'object' },
      podLabels: { type: 'object' },
      replicaCount: { type: 'integer' },
      resources: definition('Resources'),
      tolerations: { description: 'Tolerations of the coredns pod', items: { type: 'object' }, type: 'array' },
      topologySpreadConstraints: { description: 'The coredns pod topology spread constraints', type: 'array' },
    }),
    ...resources,
  },
}

const environmentFlags = [
  'ANNOTATE_POD_IP',
  'AWS_MANAGE_ENIS_NON_SCHEDULABLE',
  'AWS_VPC_CNI_NODE_PORT_SUPPORT',
  'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG',
  'AWS_VPC_K8S_CNI_EXTERNALSNAT',
  'DISABLE_INTROSPECTION',
  'DISABLE_LEAKED_ENI_CLEANUP',
  'DISABLE_METRICS',
  'DISABLE_NETWORK_RESOURCE_PROVISIONING',
  'DISABLE_POD_V6',
  'ENABLE_BANDWIDTH_PLUGIN',
  'ENABLE_POD_ENI',
  'ENABLE_PREFIX_DELEGATION',
  'ENABLE_V4_EGRESS',
  'ENABLE_V6_EGRESS',
]
const environmentNumbers = [
  'AWS_VPC_ENI_MTU',
  'IP_COOLDOWN_PERIOD',
  'MAX_ENI',
  'MINIMUM_IP_TARGET',
  'WARM_ENI_TARGET',
  'WARM_IP_TARGET',
  'WARM_PREFIX_TARGET',
]

/**
 * The VPC CNI plugin's. AWS CLI Command Reference, "describe-addon-configuration", shows that of v1.15.1-eksbuild.1. Later versions take more settings, whose
 * names are not published: where that one ends here texts and objects of other names may stand.
 */
export const vpcCniSchema: JsonSchema = {
  ...definition('VpcCni'),
  $schema,
  definitions: {
    EniConfig: {
      ...closed('EniConfig', {
        create: { type: 'boolean' },
        region: text,
        subnets: {
          additionalProperties: {
            additionalProperties: false,
            properties: { id: text, securityGroups: { items: text, type: 'array' } },
            required: ['id'],
            type: 'object',
          },
          minProperties: 1,
          type: 'object',
        },
      }),
      required: ['create', 'region', 'subnets'],
    },
    Env: {
      ...closed('Env', { ...each(environmentFlags, flag), ...each(environmentNumbers, number) }),
      additionalProperties: text,
    },
    Init: closed('Init', { env: definition('InitEnv') }),
    InitEnv: closed('InitEnv', { DISABLE_TCP_EARLY_DEMUX: flag, ENABLE_V6_EGRESS: flag }),
    NodeAgent: {
      ...closed('NodeAgent', {
        enableCloudWatchLogs: flag,
        enablePolicyEventLogs: flag,
        healthProbeBindAddr: number,
        metricsBindAddr: number,
      }),
      additionalProperties: text,
    },
    Tolerations: { items: { type: 'object' }, type: 'array' },
    ...resources,
    VpcCni: {
      properties: {
        affinity: { type: ['object', 'null'] },
        enableNetworkPolicy: flag,
        enableWindowsIpam: flag,
        eniConfig: definition('EniConfig'),
        env: definition('Env'),
        init: definition('Init'),
        livenessProbeTimeoutSeconds: { type: 'integer' },
        nodeAgent: definition('NodeAgent'),
        readinessProbeTimeoutSeconds: { type: 'integer' },
        resources: definition('Resources'),
        tolerations: definition('Tolerations'),
      },
      title: 'VpcCni',
      type: 'object',
    },
  },
  description: 'vpc-cni',
}
