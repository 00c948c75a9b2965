import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { House } from '../call.ts'
import { demoCluster, eksHouse } from './house.ts'

let house: House

beforeEach(async () => {
  house = await eksHouse()
  await house.call('CreateCluster', demoCluster())
})
afterEach(() => house.close())

const create = (addonName: string, configurationValues: string) =>
  house.call('CreateAddon', { clusterName: 'demo', addonName, configurationValues })
const schemaError = (...failures: readonly string[]) =>
  `ConfigurationValue provided in request is not supported: Json schema validation failed with error: [${failures.join(', ')}]`

describe('configuration values are held to the schema that DescribeAddonConfiguration tells', () => {
  test.each([
    ['coredns', '{"replicaCount":3,"autoScaling":{"enabled":true,"minReplicas":2},"tolerations":[{"operator":"Exists"}],"affinity":null}'],
    ['coredns', 'computeType: Fargate\nresources:\n  limits:\n    cpu: "0.25"\n'],
    ['vpc-cni', '{"env":{"ENABLE_PREFIX_DELEGATION":"true","WARM_PREFIX_TARGET":"1"},"enableNetworkPolicy":"true"}'],
    ['vpc-cni', '{"eniConfig":{"create":true,"region":"us-east-1","subnets":{"us-east-1a":{"id":"subnet-1","securityGroups":["sg-1"]}}}}'],
    // Settings of later versions than the schema that is published.
    ['vpc-cni', '{"env":{"NETWORK_POLICY_ENFORCING_MODE":"strict"}}'],
    // Its schema is not published.
    ['kube-proxy', '{"ipvs":{"scheduler":"rr"},"mode":"ipvs"}'],
  ])('%s takes %s', async (addonName, values) => {
    await create(addonName, values)
    const { addon } = await house.call('DescribeAddon', { clusterName: 'demo', addonName })
    expect(addon.configurationValues).toBe(values)
  })

  const unknown = 'is not defined in the schema and the schema does not allow additional properties'
  test.each([
    ['coredns', '{"replicas":3}', schemaError(`$.replicas: ${unknown}`)],
    ['coredns', 'null', schemaError('$: null found, object expected')],
    ['coredns', '{"replicaCount":"3"}', schemaError('$.replicaCount: string found, integer expected')],
    ['coredns', '{"affinity":1}', schemaError('$.affinity: integer found, [object, null] expected')],
    ['coredns', '{"tolerations":["x"]}', schemaError('$.tolerations[0]: string found, object expected')],
    ['coredns', '{"resources":{"limits":{"gpu":"1"}},"x":1}', schemaError(`$.resources.limits.gpu: ${unknown}`, `$.x: ${unknown}`)],
    ['vpc-cni', '{"env":{"ENABLE_PREFIX_DELEGATION":true}}', schemaError('$.env.ENABLE_PREFIX_DELEGATION: boolean found, string expected')],
    [
      'vpc-cni',
      '{"eniConfig":{"create":true,"subnets":{}}}',
      schemaError('$.eniConfig.region: is missing but it is required', '$.eniConfig.subnets: should have a minimum of 1 properties'),
    ],
    ['kube-proxy', '[]', schemaError('$: array found, object expected')],
    ['coredns', '{"a":', 'ConfigurationValue provided in request is not supported: Input is neither a valid JSON nor a valid YAML.'],
    [
      'coredns',
      'a: &x [1]\nb: *x\n',
      'ConfigurationValue provided in request is not supported: Input is neither a valid JSON nor a valid YAML.',
    ],
  ])('%s refuses %s', async (addonName, values, message) => {
    await expect(create(addonName, values)).rejects.toMatchObject({ name: 'InvalidParameterException', message })
    await create(addonName, '{}')
    const update = { clusterName: 'demo', addonName, configurationValues: values }
    await expect(house.call('UpdateAddon', update)).rejects.toMatchObject({ name: 'InvalidParameterException', message })
  })

  test('which is a JSON Schema', async () => {
    const { configurationSchema } = await house.call('DescribeAddonConfiguration', {
      addonName: 'coredns',
      addonVersion: 'v1.12.3-eksbuild.1',
    })
    expect(JSON.parse(configurationSchema)).toMatchObject({
      $ref: '#/definitions/Coredns',
      $schema: 'http://json-schema.org/draft-06/schema#',
      definitions: { Coredns: { additionalProperties: false, properties: { replicaCount: { type: 'integer' } } } },
    })
  })
})

describe('services have their addresses in a private network', () => {
  const network = (name: string, kubernetesNetworkConfig: object) => demoCluster({ name, kubernetesNetworkConfig })

  test.each(['172.20.0.0/16', '192.168.5.0/24', '10.0.0.0/12'])('%s', async serviceIpv4Cidr => {
    const { cluster } = await house.call('CreateCluster', network('other', { serviceIpv4Cidr }))
    expect(cluster.kubernetesNetworkConfig).toEqual({ serviceIpv4Cidr, ipFamily: 'ipv4', elasticLoadBalancing: { enabled: false } })
  })
  test.each(['8.8.0.0/16', '10.0.0.0/8', '10.0.0.0/25', '10.1.2.3/16', 'rubbish'])('not %s', async serviceIpv4Cidr => {
    await expect(house.call('CreateCluster', network('other', { serviceIpv4Cidr }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  })
  test('of the IPv6 family one that nobody chooses', async () => {
    const { cluster } = await house.call('CreateCluster', network('other', { ipFamily: 'ipv6' }))
    expect(cluster.kubernetesNetworkConfig).toEqual({
      serviceIpv6Cidr: expect.stringMatching(/^fd[0-9a-f]{2}:[0-9a-f]{4}:[0-9a-f]{4}::\/108$/),
      ipFamily: 'ipv6',
      elasticLoadBalancing: { enabled: false },
    })
    await expect(house.call('CreateCluster', network('third', { ipFamily: 'ipv6', serviceIpv4Cidr: '10.0.0.0/16' }))).rejects.toMatchObject(
      { name: 'InvalidParameterException' },
    )
  })
})
