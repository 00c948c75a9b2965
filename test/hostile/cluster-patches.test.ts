import { describe, expect, test } from 'vitest'
import { applyPatch } from '../../src/kubernetes/embedded/patch.ts'
import { resourceTypes } from '../../src/kubernetes/embedded/resource-types.ts'
import type { Json, JsonObject } from '../../src/types/json.ts'

// Patches of embedded clusters whose cost or reach is more than their size.

const configMap = resourceTypes.find(({ kind }) => kind === 'ConfigMap')
if (!configMap) throw new Error('there is no ConfigMap')
const object: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'x'.repeat(1_000) } }
const jsonPatch = (patch: Json) => applyPatch('application/json-patch+json', object, patch, configMap)

/** Why a patch failed stands beside the message, which is kube-apiserver's. */
const because = (why: RegExp) => ({ causes: [{ reason: 'UnexpectedServerResponse', message: expect.stringMatching(why) }] })

describe('a JSON patch', () => {
  test('that copies its object into itself is refused before it has filled the memory', () => {
    const patch = Array.from({ length: 40 }, (_, at) => ({ op: 'copy', from: '/data', path: `/data/d${at}` }))
    expect(() => jsonPatch(patch)).toThrow(
      expect.objectContaining({
        code: 422,
        details: because(/^Unable to complete the copy, the accumulated size increase of copy is \d+, exceeding the limit 3145728$/),
      }),
    )
  })
  test('copies what is small as often as it likes, each copy its own', () => {
    const patch = Array.from({ length: 2_000 }, (_, at) => ({ op: 'copy', from: '/data/a', path: `/data/d${at}` }))
    const { data } = jsonPatch([...patch, { op: 'replace', path: '/data/d0', value: 'y' }])
    expect(data).toMatchObject({ d0: 'y', d1: 'x'.repeat(1_000) })
  })
  test('has 10,000 operations at most', () => {
    const patch = Array.from({ length: 10_001 }, () => ({ op: 'add', path: '/data/k', value: 'v' }))
    expect(jsonPatch(patch.slice(1))['data']).toMatchObject({ k: 'v' })
    expect(() => jsonPatch(patch)).toThrow(
      expect.objectContaining({
        code: 413,
        message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
      }),
    )
  })
  test.each(['/__proto__/polluted', '/constructor/prototype/polluted', '/data/__proto__/polluted'])('reaches no prototype: %s', path => {
    expect(() => jsonPatch([{ op: 'add', path, value: true }])).toThrow(
      expect.objectContaining({ code: 422, details: because(/^path element .* does not exist$/) }),
    )
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

test.each(['application/merge-patch+json', 'application/strategic-merge-patch+json'])('%s reaches no prototype', type => {
  const patch = JSON.parse('{"__proto__":{"polluted":true},"data":{"__proto__":"q","constructor":{"prototype":{"polluted":true}}}}') as Json
  applyPatch(type, object, patch, configMap)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(Object.keys(Object.prototype)).toEqual([])
})
