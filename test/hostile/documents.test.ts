import { gzipSync, deflateRawSync } from 'node:zlib'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SamlError, verifySaml } from '../../src/identity/saml.ts'
import { compilePolicy, decide, parsePolicy } from '../../src/policy/index.ts'
import { parseSeed } from '../../src/server/seeds/seed.ts'
import { eventsOf } from '../../src/services/cloudtrail/imported-files.ts'
import { services } from '../../src/services/index.ts'
import { patternOf, validationProblem } from '../../src/wire/validation.ts'
import { parseXml, XmlError } from '../../src/wire/xml-document.ts'
import { type Draft, openPipelineHouse, type PipelineHouse, signedRequest } from '../server/house.ts'
import { account } from '../services/call.ts'
import { base64, metadata, providerArn, response } from '../services/sts/identity-provider.ts'

// One attack a test, each as its makers describe it: OWASP, "XML External Entity Prevention", "Denial of Service", "Prototype Pollution Prevention", "Path Traversal".

let house: PipelineHouse
beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

const send = (service: string, draft: Draft) => house.send(signedRequest(draft, house, { region: 'us-east-1', service }))
const form = (parameters: { readonly [name: string]: string }): Draft => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(parameters).toString(),
})
const iam = (Action: string, parameters: { readonly [name: string]: string } = {}) =>
  send('iam', form({ Action, Version: '2010-05-08', ...parameters }))
const eks = (method: string, path: string, body: string) =>
  send('eks', { method, path, headers: { 'content-type': 'application/json' }, body })
const s3 = (method: string, path: string, body: Draft['body'] = '', query = '') =>
  send('s3', { method, path, query, ...(body !== undefined && { body }) })
/** What an attacker is to have no part of. */
const unpolluted = () => {
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
}
const bomb = Buffer.alloc(80 * 1024 * 1024)

describe('decompression bombs', () => {
  test('an imported log file is refused before it is whole', async () => {
    const before = process.memoryUsage().arrayBuffers
    await expect(eventsOf(gzipSync(bomb))).rejects.toMatchObject({ code: 'InvalidLogFile' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(70 * 1024 * 1024)
  })
  test('an encoded authorization message is refused', async () => {
    const EncodedMessage = deflateRawSync(bomb.subarray(0, 6 * 1024 * 1024)).toString('base64')
    const answer = await send('sts', form({ Action: 'DecodeAuthorizationMessage', Version: '2011-06-15', EncodedMessage }))
    expect([answer.status, String(answer.body)]).toEqual([400, expect.stringMatching(/InvalidAuthorizationMessage|ValidationError/)])
  })
  test('a compressed body is not unpacked', async () => {
    const body = gzipSync(Buffer.from('Action=ListUsers&Version=2010-05-08'))
    const answer = await send('iam', { headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }, body })
    expect(answer.status).toBe(404)
    expect(String(answer.body)).toContain('<Code>MalformedQueryString</Code>')
  })
})

const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, index) => `<!ENTITY lol${index + 1} "${`&lol${index || ''};`.repeat(10)}">`).join('')}]>`
const external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
const parameterEntity = '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x.dtd"> %x;]>'

describe('entities', () => {
  beforeAll(async () => {
    expect((await s3('PUT', '/shelf')).status).toBe(200)
  })
  test.each([
    ['billion laughs', laughs, '&lol9;'],
    ['a file', external, '&x;'],
    ['a document type elsewhere', parameterEntity, 'x'],
  ])('%s: refused by S3, in SAML and by the parser', async (_, type, text) => {
    const body = `${type}<Tagging><TagSet><Tag><Key>${text}</Key><Value>b</Value></Tag></TagSet></Tagging>`
    const answer = await s3('PUT', '/shelf', body, 'tagging=')
    expect([answer.status, String(answer.body)]).toEqual([400, expect.stringContaining('<Code>MalformedXML</Code>')])
    expect(() => parseXml(body)).toThrow(XmlError)
    const provider = {
      arn: providerArn,
      account,
      name: 'Example',
      metadata,
      validUntil: house.now + 1e12,
      decryptionKeys: [],
      encryptionRequired: false,
    }
    const saml = base64(type + response(house.now).replace('>alice<', `>${text}<`))
    expect(() => verifySaml(saml, provider, 'https://localhost/saml', house.now)).toThrow(SamlError)
    const registered = await iam('CreateSAMLProvider', { Name: 'p', SAMLMetadataDocument: (type + metadata).padEnd(1_100) })
    expect([registered.status, String(registered.body)]).toEqual([400, expect.stringContaining('<Code>InvalidInput</Code>')])
  })
  test('the laughs of YAML: aliases of aliases are refused in templates and seeds', async () => {
    const yaml = `a: &a [x]\n${'bcdefghij'.replace(/./g, (name, at: number) => `${name}: &${name} [${`*${'abcdefghij'[at]},`.repeat(10)}]\n`)}`
    const answer = await send('cloudformation', form({ Action: 'ValidateTemplate', Version: '2010-05-15', TemplateBody: yaml }))
    expect(String(answer.body)).toContain('YAML aliases are not allowed')
    expect(() => parseSeed(yaml, () => '')).toThrow(/alias/)
  })
})

describe('names that objects of JavaScript have', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString']
  test.each(names)('%s as a parameter of a form', async name => {
    const answer = await iam('ListUsers', { [name]: 'x', [`${name}.polluted`]: 'x', [`${name}.member.1.polluted`]: 'x' })
    expect(answer.status).toBe(200)
    unpolluted()
  })
  test.each(names)('%s as a tag of IAM, kept and told as any other', async Key => {
    await iam('CreateUser', { UserName: `tagged${Key}` })
    expect((await iam('TagUser', { UserName: `tagged${Key}`, 'Tags.member.1.Key': Key, 'Tags.member.1.Value': 'x' })).status).toBe(200)
    expect(String((await iam('ListUserTags', { UserName: `tagged${Key}` })).body)).toContain(`<Key>${Key}</Key><Value>x</Value>`)
    unpolluted()
  })
  test.each(names)('%s as a key of JSON', async name => {
    const answer = await eks(
      'POST',
      '/tags/arn%3Aaws%3Aeks%3Aus-east-1%3A123456789012%3Acluster%2Fnone',
      `{"tags":{"${name}":"x"},"${name}":{"polluted":true}}`,
    )
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    unpolluted()
  })
  test.each(names)('%s as condition key, operator, variable and tag of a policy', name => {
    const statement = (Condition: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition }] })
    const decided = (Condition: object, context: object = {}) => {
      const policy = compilePolicy(parsePolicy(statement(Condition), 'identity'), { id: 'p', type: 'inline' })
      const principal = { type: 'user', account, arn: `arn:aws:iam::${account}:user/a`, userId: 'AIDA', userName: 'a' } as const
      const request = { principal, action: 's3:GetObject', resource: '*', context: context as never } as unknown as Parameters<
        typeof decide
      >[0]
      return decide(request, { identity: [policy] }).effect
    }
    const withKey = (key: string, value: string) => JSON.parse(`{"StringEquals":{"${key}":"${value}"}}`) as object
    expect(() => decided(withKey(name, 'x'))).toThrow('Conditions must be prefaced by a vendor')
    expect(decided(withKey(`aws:PrincipalTag/${name}`, 'x'))).toBe('implicitDeny')
    expect(decided(withKey('aws:username', `\${${name}}`))).toBe('implicitDeny')
    expect(() => decided(JSON.parse(`{"${name}":{"aws:username":"a"}}`) as object)).toThrow()
    unpolluted()
  })
  test.each(names)('%s in a template', async name => {
    const TemplateBody = `{"Resources":{"U":{"Type":"AWS::IAM::User","${name}":{"polluted":true},"Properties":{"${name}":"x"}}},"Mappings":{"${name}":{"a":{"b":"c"}}}}`
    const answer = await send('cloudformation', form({ Action: 'ValidateTemplate', Version: '2010-05-15', TemplateBody }))
    expect(answer.status).toBe(400)
    unpolluted()
  })
})

describe('expressions that would run for ever', () => {
  const long = `${'a'.repeat(20_000)}!`
  test('wildcards of policies', () => {
    const Condition = { StringLike: { 'aws:PrincipalTag/a': [`${'*a'.repeat(200)}b`, '*?'.repeat(300), `${'*'.repeat(500)}b`] } }
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: `s3:${'*a'.repeat(50)}b`, Resource: `arn:aws:s3:::${'*a'.repeat(200)}b`, Condition }],
    })
    const policy = compilePolicy(parsePolicy(text, 'identity'), { id: 'p', type: 'inline' })
    const principal = { type: 'user', account, arn: `arn:aws:iam::${account}:user/a`, userId: 'AIDA', userName: 'a' } as const
    const request = {
      principal,
      action: `s3:${'a'.repeat(100)}`,
      resource: `arn:aws:s3:::${long}`,
      context: { 'aws:PrincipalTag/a': long },
    }
    expect(decide(request as unknown as Parameters<typeof decide>[0], { identity: [policy] }).effect).toBe('implicitDeny')
  })
  test('patterns of every model, on the longest texts that their shapes take', () => {
    const pumps = ['a', '0', 'A', '-', '.', '/', ' ', ':', 'a.', 'a-', 'a/', '0.', 'a:', '\u00e9', '.*', 'arn:aws:']
    for (const { service } of services)
      for (const shape of Object.values(service.model.shapes)) {
        if (shape.type !== 'string' || shape.pattern === undefined) continue
        const expression = patternOf(shape.pattern)
        for (const pump of pumps) {
          const text = `${pump.repeat(Math.min(shape.max ?? 20_000, 20_000) / pump.length)}\u0001`
          const begun = process.cpuUsage()
          expect(expression.test(text)).toBeTypeOf('boolean')
          expect([shape.pattern, pump, process.cpuUsage(begun).user < 1_000_000]).toEqual([shape.pattern, pump, true])
        }
      }
  })
  test('filters of EC2', async () => {
    const filter = { 'Filter.1.Name': 'tag:a', 'Filter.1.Value.1': `${'*a'.repeat(100)}b` }
    expect((await send('ec2', form({ Action: 'DescribeInstances', Version: '2016-11-15', ...filter }))).status).toBe(200)
  })
})

describe('templates that are more than they seem', () => {
  const create = (StackName: string, template: object) => {
    const TemplateBody = JSON.stringify(template)
    return send(
      'cloudformation',
      form({ Action: 'CreateStack', Version: '2010-05-15', StackName, TemplateBody, 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM' }),
    )
  }
  const user = (UserName: unknown) => ({ Resources: { U: { Type: 'AWS::IAM::User', Properties: { UserName } } } })

  test('conditions that name another twice each are answered once each', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `C${at}`)
    const Conditions = Object.fromEntries(
      names.map((name, at) => [
        name,
        at === 0 ? { 'Fn::Equals': ['a', 'b'] } : { 'Fn::Or': [{ Condition: `C${at - 1}` }, { Condition: `C${at - 1}` }] },
      ]),
    )
    const Resources = { U: { Type: 'AWS::IAM::User', Condition: 'C59' }, G: { Type: 'AWS::IAM::Group' } }
    const answer = await create('conditions', { Conditions, Resources })
    expect([answer.status, String(answer.body)]).toEqual([200, expect.stringContaining('<StackId>')])
  })
  const repeated = (value: unknown) => ({ 'Fn::Sub': ['${a}'.repeat(10), { a: value }] })
  test.each([
    ['Fn-Sub', repeated(repeated(repeated(repeated('x'.repeat(10_000)))))],
    ['Fn-Join', { 'Fn::Join': ['x'.repeat(10_000), { 'Fn::Split': [',', ','.repeat(1_000)] }] }],
  ])('a text that %s makes without end is refused', async (StackName, name) => {
    expect((await create(StackName, user(name))).status).toBe(200)
    const events = form({ Action: 'DescribeStackEvents', Version: '2010-05-15', StackName })
    await expect
      .poll(async () => String((await send('cloudformation', events)).body), { timeout: 10_000 })
      .toContain('a function makes a text of more than 1048576 characters')
  })
})

describe('documents nested too deeply', () => {
  test.each([
    ['a policy', () => iam('CreatePolicy', { PolicyName: 'p', PolicyDocument: '['.repeat(6_000) })],
    ['JSON', () => eks('POST', '/clusters', `{"tags":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`)],
    ['JSON of no model', () => eks('POST', '/clusters', `{"none":${'['.repeat(500_000)}${']'.repeat(500_000)}}`)],
    ['XML', () => s3('PUT', '/shelf', '<Tagging>'.repeat(100_000), 'tagging=')],
    ['names of a form', () => iam('ListUsers', { [`a${'.member.1'.repeat(10_000)}`]: 'x' })],
    [
      'a template',
      () =>
        send(
          'cloudformation',
          form({ Action: 'ValidateTemplate', Version: '2010-05-15', TemplateBody: `{"Resources":${'['.repeat(20_000)}` }),
        ),
    ],
    [
      'YAML',
      () =>
        send(
          'cloudformation',
          form({ Action: 'ValidateTemplate', Version: '2010-05-15', TemplateBody: `Resources: ${'{a: '.repeat(10_000)}` }),
        ),
    ],
  ])('%s', async (_, call) => {
    const answer = await call()
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(house.failures()).toEqual([])
  })
})

describe('keys of S3 that look like paths', () => {
  test.each([
    '../../../escaped',
    '..%2f..%2f..%2fescaped',
    '%2e%2e/%2e%2e/escaped',
    '/etc/escaped',
    './a/../../escaped',
    'a//b',
    '..\\..\\escaped',
    '%00escaped%00',
  ])('%s', async key => {
    const put = await s3('PUT', `/shelf/${key}`, Buffer.alloc(300_000, 'x'))
    if (key.includes('%00')) {
      expect(put.status).toBe(400)
      return
    }
    expect(put.status).toBe(200)
    const got = await s3('GET', `/shelf/${key}`)
    expect([got.status, got.headers['content-length']]).toEqual([200, '300000'])
    const other = await s3('GET', '/shelf/escaped')
    expect(other.status).toBe(404)
    expect(filesBelow(house.folder).filter(name => name.includes('escaped'))).toEqual([])
  })
})

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap(name => (statSync(join(folder, name)).isDirectory() ? [name, ...filesBelow(join(folder, name))] : [name]))

test('U+0000 in text is refused in the words of the model', async () => {
  const model = services.find(({ service }) => service.name === 'eks')?.service.model
  expect(model && validationProblem(model, 'TagResourceRequest', { resourceArn: 'a', tags: { a: 'b\0' } })).toContain(
    "at 'tags.a.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\\u0000]*",
  )
  const answer = await eks('POST', '/tags/a', '{"tags":{"a":"b\\u0000"}}')
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([400, 'InvalidParameterException'])
})
