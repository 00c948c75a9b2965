import { describe, expect, test } from 'vitest'
import { parseAwsAuth, withoutRole, withRole } from '../../src/cluster-access/aws-auth.ts'

const node = 'arn:aws:iam::111122223333:role/node'
const mapping = { username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:bootstrappers', 'system:nodes'] }
const commented = `# administrators
- rolearn: arn:aws:iam::111122223333:role/admin # do not touch
  username: admin
  groups: [system:masters]
`

describe('mapping a role', () => {
  test.each([
    ['where there is nothing', {}],
    ['in an empty list', { mapRoles: '[]' }],
    ['in an empty text', { mapRoles: '' }],
    ['beside others', { mapRoles: commented, mapUsers: '- x' }],
  ])('%s', (_, data) => {
    const changed = withRole(data, node, mapping)
    expect(parseAwsAuth(changed ?? {}).roles.get(node)).toEqual(mapping)
    expect(changed).toMatchObject('mapUsers' in data ? { mapUsers: '- x' } : {})
  })

  test('keeps what is there, comments too', () => {
    expect(withRole({ mapRoles: commented }, node, mapping)?.mapRoles).toContain(
      '# administrators\n- rolearn: arn:aws:iam::111122223333:role/admin # do not touch\n',
    )
  })

  test('names it without its path', () => {
    const changed = withRole({}, 'arn:aws:iam::111122223333:role/team/node', mapping)
    expect([...parseAwsAuth(changed ?? {}).roles.keys()]).toEqual([node])
  })

  test.each([
    ['a role that is mapped', { mapRoles: `- rolearn: ${node}\n  username: mine\n` }],
    ['a ConfigMap that is no list', { mapRoles: 'a: b' }],
    ['a ConfigMap that is no YAML', { mapRoles: '- [' }],
  ])('leaves %s alone', (_, data) => {
    expect(withRole(data, node, mapping)).toBeUndefined()
  })
})

describe('unmapping a role', () => {
  test('leaves the others', () => {
    const mapped = withRole({ mapRoles: commented }, node, mapping) ?? {}
    expect(withoutRole(mapped, 'arn:aws:iam::111122223333:role/team/node')?.mapRoles).toBe(commented)
  })

  test('reads keys without regard to case', () => {
    expect(withoutRole({ mapRoles: `- roleARN: ${node}\n  username: x\n` }, node)?.mapRoles?.trim()).toBe('[]')
  })

  test.each([{}, { mapRoles: commented }, { mapRoles: 'a: b' }, { mapRoles: '- [' }, { mapRoles: '- 1\n- text\n' }])(
    'changes nothing in %j',
    data => {
      expect(withoutRole(data, node)).toBeUndefined()
    },
  )
})
