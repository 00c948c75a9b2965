import type { Member, OperationModel, ProtocolName, ServiceModel, Shape } from '../../src/wire/model.ts'

/** A service with one operation, `Do`, whose members show the traits under test. */
export function modelOf(protocol: ProtocolName, parts: Partial<OperationModel>, shapes: { readonly [name: string]: Shape }): ServiceModel {
  return {
    service: 'example',
    serviceId: 'Example',
    apiVersion: '2026-01-01',
    protocol,
    endpointPrefix: 'example',
    signingName: 'example',
    jsonVersion: '1.1',
    targetPrefix: 'Example_20260101',
    xmlNamespace: 'https://example.amazonaws.com/doc/2026-01-01/',
    operations: { Do: { method: 'POST', uri: '/', input: 'Input', output: 'Output', ...parts } },
    shapes: { ...simple, ...shapes },
  }
}

const simple: { readonly [name: string]: Shape } = {
  String: { type: 'string' },
  Integer: { type: 'integer' },
  Long: { type: 'long' },
  Double: { type: 'double' },
  Boolean: { type: 'boolean' },
  Timestamp: { type: 'timestamp' },
  EpochTime: { type: 'timestamp', timestampFormat: 'unixTimestamp' },
  HttpTime: { type: 'timestamp', timestampFormat: 'rfc822' },
  Blob: { type: 'blob' },
  Strings: { type: 'list', member: { shape: 'String' } },
  Times: { type: 'list', member: { shape: 'Timestamp' } },
  Integers: { type: 'list', member: { shape: 'Integer' } },
  ItemStrings: { type: 'list', member: { shape: 'String', name: 'item' } },
  FlatStrings: { type: 'list', flattened: true, member: { shape: 'String' } },
  FlatItems: { type: 'list', flattened: true, member: { shape: 'String', name: 'Item' } },
  StringMap: { type: 'map', key: { shape: 'String' }, value: { shape: 'String' } },
  NamedMap: { type: 'map', key: { shape: 'String', name: 'K' }, value: { shape: 'String', name: 'V' } },
  FlatMap: { type: 'map', flattened: true, key: { shape: 'String' }, value: { shape: 'String' } },
  Document: { type: 'document' },
}

/** A structure of members, as models write them. */
export const structure = (
  members: { readonly [name: string]: Member },
  parts: { readonly payload?: string; readonly required?: string[] } = {},
): Shape => ({
  type: 'structure',
  members,
  ...parts,
})
