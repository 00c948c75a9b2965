import { describe, expect, test } from 'vitest'
import { managedPolicies, managedPolicy, managedPolicyDocument } from '../../src/catalogue/managed-policies.ts'
import { compilePolicy, type PolicyKind, parsePolicy } from '../../src/policy/index.ts'

describe('AWS managed policies', () => {
  test.each([
    ['IAMReadOnlyAccess', '/'],
    ['IAMUserChangePassword', '/'],
    ['IAMAccessAnalyzerFullAccess', '/'],
    ['IAMAccessAnalyzerReadOnlyAccess', '/'],
    ['AccessAnalyzerServiceRolePolicy', '/aws-service-role/'],
    ['AdministratorAccess', '/'],
    ['AmazonEKSClusterPolicy', '/'],
    ['AmazonEKSWorkerNodePolicy', '/'],
  ])('have %s under %s', (name, path) => {
    const policy = managedPolicy(`arn:aws:iam::aws:policy${path}${name}`)
    expect(policy).toMatchObject({ name, path })
    expect(JSON.parse(managedPolicyDocument(policy as NonNullable<typeof policy>) as string)).toHaveProperty('Statement')
  })

  test('are not to be had by another ARN', () => {
    for (const arn of [
      'arn:aws:iam::aws:policy/Nothing',
      'arn:aws:iam::111122223333:policy/AdministratorAccess',
      'AdministratorAccess',
      '',
    ])
      expect(managedPolicy(arn)).toBeUndefined()
  })

  test('have unique ids, and a document for each version, the default among them', () => {
    const all = [...managedPolicies().values()]
    expect(all.length).toBeGreaterThan(1500)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const policy of all) {
      expect(policy.id).toMatch(/^ANPA[A-Z2-7]{17}$/)
      expect(policy.versions.map(({ version }) => version)).toContain(policy.defaultVersion)
      for (const { version } of policy.versions) expect(managedPolicyDocument(policy, version)).toBeTypeOf('string')
      expect(managedPolicyDocument(policy, 9999)).toBeUndefined()
    }
  })

  test.each<PolicyKind>(['identity', 'boundary', 'session'])('all compile when used as %s policy', kind => {
    for (const policy of managedPolicies().values()) {
      const compiled = compilePolicy(parsePolicy(managedPolicyDocument(policy) as string, kind), { id: policy.arn, type: 'AWS managed' })
      expect(compiled.statements.length).toBeGreaterThan(0)
    }
  })
})
