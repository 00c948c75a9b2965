import { describe, expect, test } from 'vitest'
import { selectsLabels } from '../../src/cluster-access/label-selector.ts'
import { decodeFields } from '../../src/kubernetes/embedded/decode-fields.ts'
import { schemaOf } from '../../src/kubernetes/embedded/field-schema.ts'
import { parseLabelSelector } from '../../src/kubernetes/embedded/label-selectors.ts'
import { openApi } from '../../src/kubernetes/embedded/openapi.ts'
import { applyPatch } from '../../src/kubernetes/embedded/patch.ts'
import { fromProtobuf } from '../../src/kubernetes/embedded/protobuf.ts'
import { findType, type ResourceType, resourceTypes } from '../../src/kubernetes/embedded/resource-types.ts'

const deployments = findType('apps', 'v1', 'deployments') as ResourceType

/** A protobuf body of a kind that holds nothing. Kubernetes documentation, "Kubernetes Protobuf encoding". */
function emptyMessage(apiVersion: string, kind: string): Buffer {
  const field = (number: number, content: Buffer) => Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content])
  const typeMeta = Buffer.concat([field(1, Buffer.from(apiVersion)), field(2, Buffer.from(kind))])
  return Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, Buffer.alloc(0))])
}

/** What is sent to subresources, by kubectl create token and kubectl delete among others. */
test.each([
  ['authentication.k8s.io/v1', 'TokenRequest'],
  ['policy/v1', 'Eviction'],
  ['v1', 'DeleteOptions'],
])('%s %s is read from protobuf', (apiVersion, kind) => {
  expect(fromProtobuf(emptyMessage(apiVersion, kind))).toEqual({ apiVersion, kind })
})

describe.each(resourceTypes)('$group/$version $kind', type => {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`

  test('has a schema, which knows its metadata and nothing that Kubernetes does not have', () => {
    const { object, unknown } = decodeFields(type, { apiVersion, kind: type.kind, metadata: { name: 'a', color: 'red' }, colour: 1 })
    expect(object).toEqual({ apiVersion, kind: type.kind, metadata: { name: 'a' } })
    expect(unknown).toEqual(['metadata.color', 'colour'])
    expect(schemaOf(type).typeName).toBe(type.kind)
  })
  test('is read from protobuf', () => {
    expect(fromProtobuf(emptyMessage(apiVersion, type.kind))).toEqual({ apiVersion, kind: type.kind })
  })
  test('is in the OpenAPI document of its group, all references with it', () => {
    const document = openApi(`/openapi/v3/${type.group === '' ? 'api' : `apis/${type.group}`}/${type.version}`, '1.34') as {
      components: { schemas: { [name: string]: object } }
    }
    const names = Object.keys(document.components.schemas)
    expect(names.some(name => name.endsWith(`.${type.kind}`))).toBe(true)
    const referred = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]+)/g)].map(([, name]) => name as string)
    expect(referred.filter(name => !names.includes(name))).toEqual([])
  })
})

test.each([
  ['constructor', false],
  ['!constructor', true],
  ['constructor!=x', true],
  ['toString in (x)', false],
  ['app', true],
  ['app in (web,api)', true],
  ['count>1', true],
])('names of what every object has are no labels: %s', (text, expected) => {
  expect(parseLabelSelector(text).every(requirement => requirement({ app: 'web', count: '2' }))).toBe(expected)
  expect(selectsLabels({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, {})).toBe(false)
})

describe('what protobuf bodies may not be', () => {
  test.each([
    ['another kind', emptyMessage('batch/v2', 'Job'), /a Job cannot be read from protobuf/],
    ['a name of our own tables', emptyMessage('v1', '__proto__'), /cannot be read from protobuf/],
    ['cut off', emptyMessage('v1', 'ConfigMap').subarray(0, 12), /cut off/],
    ['other bytes', Buffer.from('{"kind":"ConfigMap"}'), /does not begin/],
  ])('%s', (_what, bytes, why) => {
    expect(() => fromProtobuf(bytes)).toThrow(why)
  })
})

/** Kubernetes documentation, "Update API Objects in Place Using kubectl patch"; API reference, patch strategies and merge keys. */
describe('a strategic merge patch', () => {
  const containers = (...list: object[]) => ({ spec: { template: { spec: { containers: list } } } })
  test.each([
    {
      what: 'merges containers by name',
      before: containers({ name: 'a', image: '1' }, { name: 'b', image: '1' }),
      patch: containers({ name: 'b', image: '2' }),
      after: containers({ name: 'a', image: '1' }, { name: 'b', image: '2' }),
    },
    {
      what: 'keeps items of one key that it does not name',
      before: containers({
        name: 'a',
        ports: [
          { containerPort: 53, protocol: 'TCP' },
          { containerPort: 53, protocol: 'UDP' },
        ],
      }),
      patch: containers({ name: 'a', ports: [{ containerPort: 80 }] }),
      after: containers({
        name: 'a',
        ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'TCP' }, { containerPort: 53, protocol: 'UDP' }],
      }),
    },
    {
      what: 'replaces lists without a merge key',
      before: containers({ name: 'a', args: ['1', '2'] }),
      patch: containers({ name: 'a', args: ['3'] }),
      after: containers({ name: 'a', args: ['3'] }),
    },
    {
      what: 'deletes an item',
      before: containers({ name: 'a' }, { name: 'b' }),
      patch: containers({ name: 'a', $patch: 'delete' }),
      after: containers({ name: 'b' }),
    },
    {
      what: 'keeps the keys that it names',
      before: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      patch: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
      after: { spec: { strategy: { type: 'Recreate' } } },
    },
    {
      what: 'takes values out of a set',
      before: { metadata: { finalizers: ['a', 'b'] } },
      patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      after: { metadata: { finalizers: ['b'] } },
    },
  ])('$what', ({ before, patch, after }) => {
    const patched = applyPatch('application/strategic-merge-patch+json', before as never, patch as never, deployments)
    expect(JSON.parse(JSON.stringify(patched))).toEqual(after)
  })
})
