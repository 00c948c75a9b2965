import { describe, expect, test } from 'vitest'
import { ServiceError } from '../../src/wire/errors.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import type { Member, OperationModel, ProtocolName, ServiceModel } from '../../src/wire/model.ts'
import { model as cloudtrail } from '../../src/wire/models/cloudtrail.ts'
import { model as ec2 } from '../../src/wire/models/ec2.ts'
import { model as eks } from '../../src/wire/models/eks.ts'
import { model as iam } from '../../src/wire/models/iam.ts'
import { model as s3 } from '../../src/wire/models/s3.ts'
import { protocolOf } from '../../src/wire/protocols/index.ts'
import { type Draft, wireRequest } from '../server/house.ts'
import { modelOf, structure } from './model.ts'

const requestId = '01234567-89ab-cdef-0123-456789abcdef'
const request = (draft: Draft) => wireRequest(draft, 0)
const form = (body: string): Draft => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body })

/** Reads a request, as a plain object. */
function decoded(model: ServiceModel, draft: Draft | WireRequest): unknown {
  const asked = 'rawHeaders' in draft ? draft : request(draft)
  const protocol = protocolOf(model.protocol)
  const name = protocol.operationName(asked, model) as string
  return structuredClone(protocol.decode(asked, model, model.operations[name] as OperationModel))
}
const encoded = (model: ServiceModel, output: unknown, name = 'Do') => protocolOf(model.protocol).encode(output, model, name, requestId)
const refused = (model: ServiceModel, error: ServiceError) => protocolOf(model.protocol).encodeError(error, model, requestId)

const time = new Date(Date.UTC(2026, 0, 15, 12, 0, 0, 250))
const wholeTime = new Date(Date.UTC(2026, 0, 15, 12, 0, 0))

/** A model whose input and output are one structure with one member. */
const withMember = (protocol: ProtocolName, member: Member, name = 'Value') =>
  modelOf(
    protocol,
    {},
    {
      Input: structure({ [name]: member }),
      Output: structure({ [name]: member }),
      Inner: structure({ Name: { shape: 'String', name: 'name' } }),
      Inners: { type: 'list', member: { shape: 'Inner' } },
    },
  )

describe('the query protocol reads', () => {
  test.each<{ trait: string; member: Member; text: string; value: unknown }>([
    { trait: 'text, with + for a space', member: { shape: 'String' }, text: 'Value=a+b%2Bc%C3%A9', value: 'a b+cé' },
    { trait: 'empty text', member: { shape: 'String' }, text: 'Value=', value: '' },
    { trait: 'another name on the wire', member: { shape: 'String', name: 'Other' }, text: 'Other=a&Value=b', value: 'a' },
    { trait: 'an integer', member: { shape: 'Integer' }, text: 'Value=-7', value: -7 },
    { trait: 'a long', member: { shape: 'Long' }, text: 'Value=4294967296', value: 4_294_967_296 },
    { trait: 'a double', member: { shape: 'Double' }, text: 'Value=1.5e3', value: 1500 },
    { trait: 'a number that is none', member: { shape: 'Double' }, text: 'Value=-Infinity', value: -Infinity },
    { trait: 'a boolean', member: { shape: 'Boolean' }, text: 'Value=True', value: true },
    { trait: 'bytes', member: { shape: 'Blob' }, text: 'Value=aGk%3D', value: new Uint8Array([104, 105]) },
    { trait: 'a time', member: { shape: 'Timestamp' }, text: 'Value=2026-01-15T12%3A00%3A00.250Z', value: time },
    { trait: 'a time in seconds', member: { shape: 'EpochTime' }, text: 'Value=1768478400.25', value: time },
    { trait: 'a time in HTTP’s form', member: { shape: 'HttpTime' }, text: 'Value=Thu,+15+Jan+2026+12:00:00+GMT', value: wholeTime },
    {
      trait: 'a list, by number',
      member: { shape: 'Strings' },
      text: 'Value.member.2=b&Value.member.10=c&Value.member.1=a',
      value: ['a', 'b', 'c'],
    },
    { trait: 'an empty list', member: { shape: 'Strings' }, text: 'Value=', value: [] },
    { trait: 'a list whose items have a name', member: { shape: 'ItemStrings' }, text: 'Value.item.1=a', value: ['a'] },
    { trait: 'a flattened list', member: { shape: 'FlatStrings' }, text: 'Value.1=a&Value.2=b', value: ['a', 'b'] },
    { trait: 'a list that its place flattens', member: { shape: 'Strings', flattened: true }, text: 'Value.1=a', value: ['a'] },
    { trait: 'a flattened list by its items’ name', member: { shape: 'FlatItems' }, text: 'Item.1=a', value: ['a'] },
    { trait: 'a map', member: { shape: 'StringMap' }, text: 'Value.entry.1.key=a&Value.entry.1.value=b', value: { a: 'b' } },
    { trait: 'a map with names of its own', member: { shape: 'NamedMap' }, text: 'Value.entry.1.K=a&Value.entry.1.V=b', value: { a: 'b' } },
    { trait: 'a flattened map', member: { shape: 'FlatMap' }, text: 'Value.1.key=a&Value.1.value=b', value: { a: 'b' } },
    { trait: 'structures in a list', member: { shape: 'Inners' }, text: 'Value.member.1.name=a', value: [{ Name: 'a' }] },
    {
      trait: 'keys that are names of JavaScript’s',
      member: { shape: 'StringMap' },
      text: 'Value.entry.1.key=__proto__&Value.entry.1.value=b',
      value: JSON.parse('{"__proto__":"b"}'),
    },
  ])('$trait', ({ member, text, value }) => {
    expect(decoded(withMember('query', member), form(`Action=Do&Version=2026-01-01&${text}`))).toEqual({ Value: value })
  })

  test.each(['Integer', 'Long', 'Double', 'Boolean', 'Timestamp', 'Blob'])('no %s that is none', shape => {
    expect(() => decoded(withMember('query', { shape }), form('Action=Do&Value=%21'))).toThrow(
      expect.objectContaining({ code: 'MalformedInput', status: 400 }),
    )
  })
  test('no integer that 32 bits do not hold', () => {
    expect(() => decoded(withMember('query', { shape: 'Integer' }), form('Action=Do&Value=2147483648'))).toThrow(
      "Could not read '2147483648' as Integer.",
    )
  })
  test('the parameters of a GET, as those of a POST', () => {
    expect(decoded(iam, { method: 'GET', query: 'Action=GetUser&UserName=a&Version=2010-05-08' })).toEqual({ UserName: 'a' })
    expect(decoded(iam, { method: 'POST', query: 'Action=GetUser', ...form('UserName=a') })).toEqual({ UserName: 'a' })
  })
  test('a form whose type has a character set, and one without a type', () => {
    const body = 'Action=GetUser&UserName=a'
    expect(decoded(iam, { headers: { 'content-type': 'Application/X-WWW-Form-URLEncoded; charset=utf-8' }, body })).toEqual({
      UserName: 'a',
    })
    expect(decoded(iam, { body })).toEqual({ UserName: 'a' })
  })
  test.each(['Action=GetUser&UserName=%ff', 'Action=%zz', `Action=GetUser&${'a.'.repeat(40)}b=1`])('nothing malformed: %s', body => {
    expect(() => decoded(iam, form(body))).toThrow(expect.objectContaining({ code: 'MalformedQueryString', status: 404 }))
  })
  test('no bytes that are not UTF-8', () => {
    expect(() => decoded(iam, { body: new Uint8Array([0x41, 0xff]) })).toThrow(expect.objectContaining({ code: 'MalformedQueryString' }))
  })
})

describe('the query protocol answers', () => {
  test.each<{ trait: string; member: Member; value: unknown; xml: string }>([
    {
      trait: 'text, escaped',
      member: { shape: 'String' },
      value: '<a&"b">\r\u0001',
      xml: '<Value>&lt;a&amp;&quot;b&quot;&gt;&#xD;\ufffd</Value>',
    },
    { trait: 'another name on the wire', member: { shape: 'String', name: 'Other' }, value: 'a', xml: '<Other>a</Other>' },
    { trait: 'a time, in whole seconds', member: { shape: 'Timestamp' }, value: time, xml: '<Value>2026-01-15T12:00:00Z</Value>' },
    {
      trait: 'a time by its place’s format',
      member: { shape: 'Timestamp', timestampFormat: 'rfc822' },
      value: time,
      xml: '<Value>Thu, 15 Jan 2026 12:00:00 GMT</Value>',
    },
    { trait: 'bytes', member: { shape: 'Blob' }, value: new Uint8Array([104, 105]), xml: '<Value>aGk=</Value>' },
    { trait: 'a list', member: { shape: 'Strings' }, value: ['a', 'b'], xml: '<Value><member>a</member><member>b</member></Value>' },
    { trait: 'an empty list', member: { shape: 'Strings' }, value: [], xml: '<Value></Value>' },
    { trait: 'a flattened list', member: { shape: 'FlatStrings' }, value: ['a', 'b'], xml: '<Value>a</Value><Value>b</Value>' },
    {
      trait: 'a map',
      member: { shape: 'StringMap' },
      value: { a: 'b' },
      xml: '<Value><entry><key>a</key><value>b</value></entry></Value>',
    },
    { trait: 'a flattened map', member: { shape: 'FlatMap' }, value: { a: 'b' }, xml: '<Value><key>a</key><value>b</value></Value>' },
  ])('$trait', ({ member, value, xml }) => {
    const model = modelOf('query', { resultWrapper: 'DoResult' }, { Input: structure({}), Output: structure({ Value: member }) })
    expect(encoded(model, { Value: value })).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: `<DoResponse xmlns="https://example.amazonaws.com/doc/2026-01-01/"><DoResult>${xml}</DoResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></DoResponse>`,
    })
  })
  test('an error', () => {
    expect(refused(iam, new ServiceError('NoSuchEntity', 404, 'The user with name <a> cannot be found.'))).toEqual({
      status: 404,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name &lt;a&gt; cannot be found.</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    })
    expect(refused(iam, new ServiceError('ServiceFailure', 500, 'x')).body).toContain('<Type>Receiver</Type>')
  })
})

describe('the ec2 protocol', () => {
  test('reads names with a capital, and lists by number', () => {
    const body =
      'Action=RunInstances&ImageId=ami-1&MinCount=1&MaxCount=2&ClientToken=t&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2&IamInstanceProfile.Name=p&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v'
    expect(decoded(ec2, form(body))).toEqual({
      ImageId: 'ami-1',
      MinCount: 1,
      MaxCount: 2,
      ClientToken: 't',
      SecurityGroupIds: ['sg-1', 'sg-2'],
      IamInstanceProfile: { Name: 'p' },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'k', Value: 'v' }] }],
    })
    expect(decoded(ec2, form('Action=DescribeInstances&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&InstanceId.1=i-1'))).toEqual({
      Filters: [{ Name: 'vpc-id', Values: ['vpc-1'] }],
      InstanceIds: ['i-1'],
    })
  })
  test('takes a name of its own over the one of answers', () => {
    const model = withMember('ec2', { shape: 'String', name: 'value', queryName: 'ValueOfQuery' })
    expect(decoded(model, form('Action=Do&ValueOfQuery=a&Value=b'))).toEqual({ Value: 'a' })
  })
  test('answers without a wrapper, with the request’s id first', () => {
    const answer = encoded(
      ec2,
      { AssociationId: 'x', IamInstanceProfileAssociation: { AssociationId: 'iip-1', State: 'associated', Timestamp: wholeTime } },
      'AssociateIamInstanceProfile',
    )
    expect(answer.body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<AssociateIamInstanceProfileResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${requestId}</requestId><iamInstanceProfileAssociation><associationId>iip-1</associationId><state>associated</state><timestamp>2026-01-15T12:00:00.000Z</timestamp></iamInstanceProfileAssociation></AssociateIamInstanceProfileResponse>`,
    )
  })
  test('answers lists with items', () => {
    expect(encoded(ec2, { Regions: [{ RegionName: 'us-east-1' }] }, 'DescribeRegions').body).toContain(
      '<regionInfo><item><regionName>us-east-1</regionName></item></regionInfo>',
    )
  })
  test('answers errors in a list', () => {
    expect(refused(ec2, new ServiceError('InvalidInstanceID.NotFound', 400, "The instance ID 'i-1' does not exist"))).toEqual({
      status: 400,
      headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>The instance ID 'i-1' does not exist</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
    })
  })
})

describe('the JSON protocols read', () => {
  const json = (model: ServiceModel, body: string): Draft => ({
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${model.targetPrefix}.Do` },
    body,
  })

  test.each<{ trait: string; member: Member; text: string; value: unknown }>([
    { trait: 'another name on the wire', member: { shape: 'String', name: 'other' }, text: '{"other":"a","Value":"b"}', value: 'a' },
    { trait: 'a time in seconds', member: { shape: 'Timestamp' }, text: '{"Value":1768478400.25}', value: time },
    {
      trait: 'a time by its place’s format',
      member: { shape: 'Timestamp', timestampFormat: 'iso8601' },
      text: '{"Value":"2026-01-15T12:00:00.250Z"}',
      value: time,
    },
    { trait: 'bytes', member: { shape: 'Blob' }, text: '{"Value":"aGk="}', value: new Uint8Array([104, 105]) },
    { trait: 'numbers that are none', member: { shape: 'Double' }, text: '{"Value":"NaN"}', value: Number.NaN },
    { trait: 'lists', member: { shape: 'Strings' }, text: '{"Value":["a"]}', value: ['a'] },
    { trait: 'maps', member: { shape: 'StringMap' }, text: '{"Value":{"a":"b"}}', value: { a: 'b' } },
    { trait: 'documents as they are', member: { shape: 'Document' }, text: '{"Value":{"a":[1,null]}}', value: { a: [1, null] } },
    { trait: 'null as absent', member: { shape: 'String' }, text: '{"Value":null}', value: undefined },
    { trait: 'no unknown members', member: { shape: 'String' }, text: '{"Value":"a","__type":"x","Unknown":{}}', value: 'a' },
  ])('$trait', ({ member, text, value }) => {
    const model = withMember('json', member)
    expect(decoded(model, json(model, text))).toEqual(value === undefined ? {} : { Value: value })
  })

  test.each([
    { shape: 'String', text: '7' },
    { shape: 'Integer', text: '"7"' },
    { shape: 'Integer', text: '1.5' },
    { shape: 'Integer', text: '2147483648' },
    { shape: 'Boolean', text: '"true"' },
    { shape: 'Double', text: '{}' },
    { shape: 'Timestamp', text: '"soon"' },
    { shape: 'Timestamp', text: '1e300' },
    { shape: 'Blob', text: '"a*"' },
    { shape: 'Strings', text: '{}' },
    { shape: 'StringMap', text: '[]' },
    { shape: 'Strings', text: '["a",null]' },
    { shape: 'StringMap', text: '{"a":null}' },
    { shape: 'Timestamp', text: '"2026-01-15T12:00:00"' },
    { shape: 'Inner', text: '"x"' },
    { shape: 'Document', text: `${'['.repeat(200)}${']'.repeat(200)}` },
  ])('no $text for a $shape', ({ shape, text }) => {
    const model = withMember('json', { shape })
    expect(() => decoded(model, json(model, `{"Value":${text}}`))).toThrow(
      expect.objectContaining({ code: 'SerializationException', status: 400 }),
    )
  })
  test.each(['{', '[]', 'null', '"a"', '{"a":1}x', '['.repeat(100_000)])('no document such as %#', body => {
    const model = withMember('json', { shape: 'String' })
    expect(() => decoded(model, json(model, body))).toThrow(expect.objectContaining({ code: 'SerializationException' }))
  })

  const named = (headers: Draft['headers']) => protocolOf('json').operationName(request({ ...(headers && { headers }) }), cloudtrail)
  test.each(['CloudTrail_20131101.LookupEvents', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents'])(
    'the operation of X-Amz-Target %s',
    target => {
      expect(named({ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target })).toBe('LookupEvents')
    },
  )
  test('no operation without X-Amz-Target', () => {
    expect(named({ 'content-type': 'application/x-amz-json-1.1' })).toBeUndefined()
  })
  // As Kinesis and DynamoDB answer UnknownOperationException: their clients' issues tell of it.
  test.each([
    { type: 'Application/X-Amz-JSON-1.1; charset=utf-8', operation: 'LookupEvents' },
    { type: 'application/json', operation: 'LookupEvents' },
    { type: 'application/x-amz-json-1.0', operation: undefined },
    { type: 'application/octet-stream', operation: undefined },
    { type: 'application/x-www-form-urlencoded', operation: undefined },
    { type: '', operation: undefined },
  ])('in a body of type $type, $operation', ({ type, operation }) => {
    expect(named({ 'content-type': type, 'x-amz-target': 'CloudTrail_20131101.LookupEvents' })).toBe(operation)
  })
})

describe('the JSON protocols answer', () => {
  test('values, in the model’s version', () => {
    const shapes = {
      Input: structure({}),
      Output: structure({
        At: { shape: 'Timestamp' },
        Bytes: { shape: 'Blob' },
        None: { shape: 'String' },
        Text: { shape: 'Timestamp', timestampFormat: 'iso8601' },
      }),
    }
    const model = modelOf('json', {}, shapes)
    expect(encoded({ ...model, jsonVersion: '1.0' }, { At: time, Bytes: new Uint8Array([104, 105]), None: undefined, Text: time })).toEqual(
      {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId },
        body: '{"At":1768478400.25,"Bytes":"aGk=","Text":"2026-01-15T12:00:00Z"}',
      },
    )
  })
  test('numbers that JSON has no word for, as Smithy writes them', () => {
    const members = { Nothing: { shape: 'Double' }, Most: { shape: 'Double' }, Half: { shape: 'Double' } }
    const model = modelOf('json', {}, { Input: structure({}), Output: structure(members) })
    expect(encoded(model, { Nothing: Number.NaN, Most: -Infinity, Half: 0.5 }).body).toBe('{"Nothing":"NaN","Most":"-Infinity","Half":0.5}')
  })
  test('an error, its code in the body', () => {
    expect(refused(cloudtrail, new ServiceError('TrailNotFoundException', 400, 'Unknown trail'))).toEqual({
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId },
      body: '{"__type":"TrailNotFoundException","message":"Unknown trail"}',
    })
  })
})

/** An operation with members everywhere that HTTP has a place for them. */
const bound = (protocol: 'rest-json' | 'rest-xml') =>
  modelOf(
    protocol,
    { uri: '/things/{Name}/parts/{Path+}?kind=x' },
    {
      Input: structure({
        Name: { shape: 'String', location: 'uri', name: 'Name' },
        Path: { shape: 'String', location: 'uri', name: 'Path' },
        Count: { shape: 'Integer', location: 'querystring', name: 'count' },
        Names: { shape: 'Strings', location: 'querystring', name: 'name' },
        Since: { shape: 'Timestamp', location: 'header', name: 'X-Since' },
        Words: { shape: 'Strings', location: 'header', name: 'X-Words' },
        Times: { shape: 'Times', location: 'header', name: 'X-Times' },
        Numbers: { shape: 'Integers', location: 'header', name: 'X-Numbers' },
        Json: { shape: 'String', location: 'header', name: 'X-Json', jsonvalue: true },
        Meta: { shape: 'StringMap', location: 'headers', name: 'X-Meta-' },
        Rest: { shape: 'String' },
      }),
      Output: structure({
        Status: { shape: 'Integer', location: 'statusCode' },
        Since: { shape: 'Timestamp', location: 'header', name: 'X-Since' },
        Words: { shape: 'Strings', location: 'header', name: 'X-Words' },
        Meta: { shape: 'StringMap', location: 'headers', name: 'X-Meta-' },
        Rest: { shape: 'String' },
      }),
    },
  )

describe.each(['rest-json', 'rest-xml'] as const)('%s puts members in their places', protocol => {
  const model = bound(protocol)
  test('of a request', () => {
    const headers = {
      'x-since': 'Thu, 15 Jan 2026 12:00:00 GMT',
      'x-words': 'a, "b, \\"c\\"",  d e',
      'x-times': 'Thu, 15 Jan 2026 12:00:00 GMT, Thu, 15 Jan 2026 12:00:00 GMT',
      'x-numbers': '1,2, 3',
      'x-json': Buffer.from('{"a":1}').toString('base64'),
      'x-meta-one': '1',
      'x-meta-two': '2',
    }
    expect(decoded(model, { path: '/things/a%2Fb/parts/x/y%20z', query: 'kind=x&count=3&name=n&name=m', headers })).toEqual({
      Name: 'a/b',
      Path: 'x/y z',
      Count: 3,
      Names: ['n', 'm'],
      Since: wholeTime,
      Words: ['a', 'b, "c"', 'd e'],
      Times: [wholeTime, wholeTime],
      Numbers: [1, 2, 3],
      Json: '{"a":1}',
      Meta: { one: '1', two: '2' },
    })
  })
  test('of an answer', () => {
    const answer = encoded(model, { Status: 202, Since: wholeTime, Words: ['a', 'b, c'], Meta: { One: '1', two: 'é' }, Rest: 'r' })
    expect(answer.status).toBe(202)
    expect(answer.headers).toMatchObject({
      'x-since': 'Thu, 15 Jan 2026 12:00:00 GMT',
      'x-words': 'a, "b, c"',
      'x-meta-one': '1',
      'x-meta-two': '=?UTF-8?B?w6k=?=',
    })
    expect(String(answer.body)).toMatch(protocol === 'rest-json' ? /^{"Rest":"r"}$/ : /<Output [^>]*><Rest>r<\/Rest><\/Output>$/)
  })
  test.each<{ draft: Draft }>([
    { draft: { path: '/things/a/parts/b', query: 'kind=x&count=three' } },
    { draft: { path: '/things/a/parts/b', query: 'kind=x', headers: { 'x-since': 'soon' } } },
    { draft: { path: '/things/a/parts/b', query: 'kind=x', headers: { 'x-json': 'e30x' } } },
  ])('and refuses what they cannot hold: $draft', ({ draft }) => {
    expect(() => decoded(model, draft)).toThrow(expect.objectContaining({ code: 'SerializationException', status: 400 }))
  })
  test.each(['/things/a/parts', '/things//parts/b', '/things/a/parts/', '/things/%ff/parts/b', '/other'])('no operation at %s', path => {
    expect(protocolOf(protocol).operationName(request({ path, query: 'kind=x' }), model)).toBeUndefined()
  })
  test('no operation without the query’s literal', () => {
    expect(protocolOf(protocol).operationName(request({ path: '/things/a/parts/b', query: 'kind=y' }), model)).toBeUndefined()
  })
})

describe('rest-json', () => {
  test('takes the most literal path', () => {
    const named = (method: string, path: string) => protocolOf('rest-json').operationName(request({ method, path }), eks)
    expect(named('GET', '/clusters/a')).toBe('DescribeCluster')
    expect(named('GET', '/clusters/a/')).toBe('DescribeCluster')
    expect(named('GET', '/clusters')).toBe('ListClusters')
    expect(named('PATCH', '/clusters')).toBeUndefined()
  })
  test('answers an error’s code in a header, its members in the body', () => {
    expect(refused(eks, new ServiceError('ResourceNotFoundException', 404, 'No cluster found for name: a.', { clusterName: 'a' }))).toEqual(
      {
        status: 404,
        headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': 'ResourceNotFoundException' },
        body: '{"message":"No cluster found for name: a.","clusterName":"a"}',
      },
    )
  })
  test.each([
    { shape: 'Inner', body: '{"name":"a"}', value: { Name: 'a' } },
    { shape: 'Blob', body: 'hi', value: new Uint8Array([104, 105]) },
    { shape: 'String', body: 'hi', value: 'hi' },
  ])('has a payload that is a $shape', ({ shape, body, value }) => {
    const parts = {
      Input: structure({ Value: { shape } }, { payload: 'Value' }),
      Output: structure({ Value: { shape } }, { payload: 'Value' }),
      Inner: structure({ Name: { shape: 'String', name: 'name' } }),
    }
    const model = modelOf('rest-json', {}, parts)
    expect(structuredClone(decoded(model, { body }))).toEqual({ Value: shape === 'Blob' ? expect.anything() : value })
    expect(Buffer.from(encoded(model, { Value: value }).body as string).toString()).toBe(body)
  })
  test('answers are told apart by service: one request against two models', () => {
    const asked = request({ method: 'GET', path: '/clusters/a' })
    const other = modelOf(
      'rest-json',
      { method: 'GET', uri: '/clusters/{id}' },
      { Input: structure({ id: { shape: 'String', location: 'uri', name: 'id' } }) },
    )
    expect([protocolOf('rest-json').operationName(asked, eks), protocolOf('rest-json').operationName(asked, other)]).toEqual([
      'DescribeCluster',
      'Do',
    ])
    expect(decoded(other, asked)).toEqual({ id: 'a' })
  })
})

describe('rest-xml, as S3 speaks it', () => {
  const named = (method: string, path: string, query = '', headers = {}) =>
    protocolOf('rest-xml').operationName(request({ method, path, query, headers }), s3)

  test.each([
    { asked: ['GET', '/'], operation: 'ListBuckets' },
    { asked: ['PUT', '/b'], operation: 'CreateBucket' },
    { asked: ['HEAD', '/b/'], operation: 'HeadBucket' },
    { asked: ['GET', '/b', 'policy'], operation: 'GetBucketPolicy' },
    { asked: ['GET', '/b', 'list-type=2&prefix=x'], operation: 'ListObjectsV2' },
    { asked: ['GET', '/b', 'prefix=x'], operation: 'ListObjects' },
    { asked: ['PUT', '/b', 'publicAccessBlock='], operation: 'PutPublicAccessBlock' },
    { asked: ['PUT', '/b/k'], operation: 'PutObject' },
    { asked: ['PUT', '/b/k', 'partNumber=1&uploadId=u'], operation: 'UploadPart' },
    { asked: ['PUT', '/b/k', '', { 'x-amz-copy-source': '/b/j' }], operation: 'CopyObject' },
    { asked: ['POST', '/b/k', 'uploads'], operation: 'CreateMultipartUpload' },
    { asked: ['POST', '/b/k', 'uploadId=u'], operation: 'CompleteMultipartUpload' },
    { asked: ['GET', '/b/k', 'uploadId=u'], operation: 'ListParts' },
    { asked: ['DELETE', '/b/k', 'uploadId=u'], operation: 'AbortMultipartUpload' },
    { asked: ['DELETE', '/b/k'], operation: 'DeleteObject' },
    { asked: ['POST', '/b', 'delete'], operation: 'DeleteObjects' },
  ] as const)('$asked is $operation', ({ asked: [method, path, query, headers], operation }) => {
    expect(named(method, path, query, headers)).toBe(operation)
  })

  test('keys keep their slashes, and metadata comes in headers', () => {
    const draft = {
      method: 'PUT',
      path: '/b/a%20folder//x/',
      headers: { 'x-amz-meta-owner': 'me', 'content-type': 'text/plain', 'content-length': '2' },
      body: 'hi',
    }
    expect(decoded(s3, draft)).toMatchObject({
      Bucket: 'b',
      Key: 'a folder//x/',
      Metadata: { owner: 'me' },
      ContentType: 'text/plain',
      ContentLength: 2,
    })
    expect(Buffer.from((decoded(s3, draft) as { Body: Uint8Array }).Body).toString()).toBe('hi')
  })
  test('documents come with or without a namespace', () => {
    const body = `<?xml version="1.0"?><!-- x --><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a &amp; b&#x20;</Key></Object><Object><Key><![CDATA[<c>]]></Key></Object><Quiet> true </Quiet></Delete>`
    expect(decoded(s3, { method: 'POST', path: '/b', query: 'delete', body })).toEqual({
      Bucket: 'b',
      Delete: { Objects: [{ Key: 'a & b ' }, { Key: '<c>' }], Quiet: true },
    })
    const region = '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>'
    expect(decoded(s3, { method: 'PUT', path: '/b', body: region })).toEqual({
      Bucket: 'b',
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    })
  })
  test.each([
    { what: 'a comment', start: '<!--', end: '-->' },
    { what: 'a section', start: '<Key><![CDATA[', end: ']]></Key>' },
    { what: 'an instruction', start: '<?x ', end: '?>' },
    { what: 'an attribute', start: '<Key a="', end: '"/>' },
  ])('$what of megabytes is read without exhausting the stack', ({ start, end }) => {
    const long = 'x'.repeat(4_000_000)
    const draft = { method: 'PUT', path: '/b', query: 'tagging' }
    expect(decoded(s3, { ...draft, body: `<Tagging><TagSet/>${start}${long}${end}</Tagging>` })).toEqual({
      Bucket: 'b',
      Tagging: { TagSet: [] },
    })
    expect(() => decoded(s3, { ...draft, body: `<Tagging>${start}${long}` })).toThrow(expect.objectContaining({ code: 'MalformedXML' }))
  })
  test('lists that are not flat have their members inside', () => {
    const body = '<Tagging><TagSet><Tag><Key>k</Key><Value></Value></Tag></TagSet></Tagging>'
    expect(decoded(s3, { method: 'PUT', path: '/b', query: 'tagging', body })).toEqual({
      Bucket: 'b',
      Tagging: { TagSet: [{ Key: 'k', Value: '' }] },
    })
  })
  test('a bucket policy is text', () => {
    expect(decoded(s3, { method: 'PUT', path: '/b', query: 'policy', body: '{"Version":"2012-10-17"}' })).toEqual({
      Bucket: 'b',
      Policy: '{"Version":"2012-10-17"}',
    })
    expect(encoded(s3, { Policy: '{}' }, 'GetBucketPolicy').body).toBe('{}')
  })
  test.each([
    '<Tagging>',
    '<Other/>',
    '<Tagging/><Tagging/>',
    '<!DOCTYPE Tagging [<!ENTITY a "b">]><Tagging>&a;</Tagging>',
    '<Tagging>&a;</Tagging>',
    '<Tagging a="1" a="2"/>',
    '<Tagging a=1/>',
    'x<Tagging/>',
    `${'<Tagging>'.repeat(100)}${'</Tagging>'.repeat(100)}`,
    '<Tagging><TagSet/><TagSet/></Tagging>',
    '<Tagging>&#0;</Tagging>',
    '<Tagging><!-- -- --></Tagging>',
    '<Tagging></Tagging/>',
    '<Tagging',
  ])('%s is MalformedXML', body => {
    expect(() => decoded(s3, { method: 'PUT', path: '/b', query: 'tagging', body })).toThrow(
      expect.objectContaining({
        code: 'MalformedXML',
        status: 400,
        message: 'The XML you provided was not well-formed or did not validate against our published schema',
      }),
    )
  })

  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
  test.each([
    {
      operation: 'ListBuckets',
      output: { Buckets: [{ Name: 'b', CreationDate: wholeTime }] },
      body: `<ListAllMyBucketsResult ${namespace}><Buckets><Bucket><Name>b</Name><CreationDate>2026-01-15T12:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>`,
    },
    {
      operation: 'ListObjectsV2',
      output: { Contents: [{ Key: 'a&b', Size: 1 }, { Key: 'c' }] },
      body: `<ListBucketResult ${namespace}><Contents><Key>a&amp;b</Key><Size>1</Size></Contents><Contents><Key>c</Key></Contents></ListBucketResult>`,
    },
    {
      operation: 'GetBucketLocation',
      output: { LocationConstraint: 'eu-west-1' },
      body: `<LocationConstraint ${namespace}>eu-west-1</LocationConstraint>`,
    },
    { operation: 'GetBucketLocation', output: {}, body: `<LocationConstraint ${namespace}></LocationConstraint>` },
    {
      operation: 'GetPublicAccessBlock',
      output: { PublicAccessBlockConfiguration: { BlockPublicAcls: true } },
      body: `<PublicAccessBlockConfiguration ${namespace}><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>`,
    },
    {
      operation: 'CreateMultipartUpload',
      output: { Bucket: 'b', Key: 'k', UploadId: 'u' },
      body: `<InitiateMultipartUploadResult ${namespace}><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>`,
    },
  ])('$operation answers with its root element', ({ operation, output, body }) => {
    expect(encoded(s3, output, operation)).toMatchObject({
      status: 200,
      body: declaration + body,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    })
  })
  test('an object answers with its bytes, type and metadata', () => {
    const answer = encoded(
      s3,
      { Body: Buffer.from('hi'), ContentType: 'text/plain', ETag: '"e"', LastModified: wholeTime, Metadata: { owner: 'me' } },
      'GetObject',
    )
    expect(Buffer.from(answer.body as string).toString()).toBe('hi')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain',
      etag: '"e"',
      'last-modified': 'Thu, 15 Jan 2026 12:00:00 GMT',
      'x-amz-meta-owner': 'me',
    })
  })
  test('nothing to say has no body, and the model’s status', () => {
    expect(encoded(s3, {}, 'DeleteBucket')).toMatchObject({ status: 204, body: '' })
    expect(encoded(s3, { ETag: '"e"' }, 'PutObject')).toMatchObject({ status: 200, body: '', headers: { etag: '"e"' } })
  })
  test('an error has no wrapper, and members of its own', () => {
    expect(refused(s3, new ServiceError('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: 'b<' }))).toEqual({
      status: 404,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId, 'x-amzn-requestid': requestId },
      body: `${declaration}<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>b&lt;</BucketName><RequestId>${requestId}</RequestId></Error>`,
    })
  })
  test('attributes stand in the start tag, with their namespace', () => {
    const shapes = {
      Input: structure({}),
      Output: structure({ Grantee: { shape: 'Grantee' } }),
      Grantee: {
        type: 'structure',
        xmlNamespace: 'http://www.w3.org/2001/XMLSchema-instance',
        members: { Type: { shape: 'String', name: 'xsi:type', xmlAttribute: true }, ID: { shape: 'String' } },
      },
    } as const
    expect(encoded(modelOf('rest-xml', {}, shapes), { Grantee: { Type: 'CanonicalUser', ID: '1' } }).body).toContain(
      '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>1</ID></Grantee>',
    )
  })
})
