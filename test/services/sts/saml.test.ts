import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { account, type House } from '../call.ts'
import { allowing, makeRole, policy, principalOf, roleArn, stsHouse } from './house.ts'
import { base64, entityId, metadata, providerArn, type ResponseOptions, response, strangerKey } from './identity-provider.ts'

let house: House
beforeEach(async () => {
  house = await stsHouse()
  await house.call('CreateSAMLProvider', { Name: 'Example', SAMLMetadataDocument: metadata })
  await makeRole(house, 'Federated', trust(), allowing('iam:ListUsers'))
})
afterEach(() => house.close())

function trust(condition: object = { StringEquals: { 'saml:aud': 'https://signin.aws.amazon.com/saml' } }, ...actions: string[]) {
  return policy({
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: ['sts:AssumeRoleWithSAML', ...actions],
    Condition: condition,
  })
}
const asked = (xml: string, more: object = {}) => ({
  RoleArn: roleArn('Federated'),
  PrincipalArn: providerArn,
  SAMLAssertion: base64(xml),
  ...more,
})
const anonymous = { as: { type: 'anonymous' } } as const
const assume = (options: ResponseOptions = {}, more: object = {}) =>
  house.call('AssumeRoleWithSAML', asked(response(house.now, options), more), anonymous)
const refusedXml = (xml: string, more: object = {}) => house.refusal('AssumeRoleWithSAML', asked(xml, more), anonymous)
const refused = (options: ResponseOptions, more: object = {}) => refusedXml(response(house.now, options), more)

describe('a response of the registered provider', () => {
  test.each([[['assertion']], [['response']], [['assertion', 'response']]] as const)('signed: %s', async sign => {
    const answer = await assume({ sign })
    expect(answer).toMatchObject({
      Subject: 'alice',
      SubjectType: 'persistent',
      Issuer: entityId,
      Audience: 'https://signin.aws.amazon.com/saml',
      NameQualifier: expect.stringMatching(/^[\w+/]{27}=$/),
      AssumedRoleUser: { Arn: `arn:aws:sts::${account}:assumed-role/Federated/alice@example.com` },
    })
    const session = await principalOf(house, answer.Credentials)
    expect((await house.call('ListUsers', {}, { as: session })).Users).toEqual([])
  })

  test('name qualifier is the hash that the documentation describes', async () => {
    const { NameQualifier } = await assume()
    expect(NameQualifier).toBe(createHash('sha1').update(`${entityId}${account}/Example`).digest('base64'))
  })

  test('its attributes and subject are condition keys', async () => {
    const condition = {
      StringEquals: { 'saml:sub': 'alice', 'saml:sub_type': 'persistent', 'saml:iss': entityId, 'saml:doc': `${account}/Example` },
      'ForAnyValue:StringEquals': { 'saml:edupersonaffiliation': 'staff' },
    }
    await house.call('UpdateAssumeRolePolicy', { RoleName: 'Federated', PolicyDocument: trust(condition) })
    expect(await refused({})).toEqual({ code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithSAML' })
    expect(await assume({ attributes: { 'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': ['member', 'staff'] } })).toHaveProperty('Credentials')
  })

  test("tags and source identity are the session's, when the trust policy allows that", async () => {
    const options = {
      attributes: { 'PrincipalTag:Department': ['Marketing'], TransitiveTagKeys: ['Department'], SourceIdentity: ['alice'] },
    }
    expect(await refused(options)).toMatchObject({ code: 'AccessDenied' })
    await house.call('UpdateAssumeRolePolicy', {
      RoleName: 'Federated',
      PolicyDocument: trust(undefined, 'sts:TagSession', 'sts:SetSourceIdentity'),
    })
    const answer = await assume(options)
    expect(answer.SourceIdentity).toBe('alice')
    const { session } = await principalOf(house, answer.Credentials)
    expect(session).toMatchObject({
      tags: { Department: 'Marketing' },
      transitiveTagKeys: ['Department'],
      sourceIdentity: 'alice',
      saml: { subject: 'alice' },
    })
  })

  test("the session ends when the identity provider's does", async () => {
    const { Credentials } = await assume({ sessionEndsIn: 1_200_000 })
    expect(Credentials.Expiration.getTime() - house.now).toBeLessThanOrEqual(1_200_000)
    expect(await refused({ sessionEndsIn: -1_000 })).toMatchObject({ code: 'ExpiredTokenException' })
  })
})

describe('where assertions are good once', () => {
  beforeEach(async () => {
    await house.close()
    house = await stsHouse({ settings: { ...house.world.settings, singleUseSaml: true } })
    await house.call('CreateSAMLProvider', { Name: 'Example', SAMLMetadataDocument: metadata })
    await makeRole(house, 'Federated', trust(), allowing('iam:ListUsers'))
  })
  const again = { code: 'InvalidIdentityToken', message: 'The SAML assertion has been used already.' }

  test('one that was taken is refused, whoever shows it, and however its response is written', async () => {
    const xml = response(house.now, {})
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => house.call('AssumeRoleWithSAML', asked(xml), anonymous)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await refusedXml(xml)).toEqual(again)
    expect(await refused({ sign: ['assertion', 'response'] })).toEqual(again)
  })

  test('one that was refused is not used up', async () => {
    const xml = response(house.now, { sessionEndsIn: 1_200_000 })
    expect(await refusedXml(xml, { DurationSeconds: 899 })).toMatchObject({ code: 'ValidationError' })
    expect(await house.call('AssumeRoleWithSAML', asked(xml), anonymous)).toHaveProperty('Credentials')
  })

  test('what was taken is forgotten when it has long expired', async () => {
    await assume()
    house.now += 601_000
    expect(await assume()).toHaveProperty('Credentials')
    expect(await house.world.store.read(tx => tx.selectFrom('usedSamlAssertions').selectAll().execute())).toHaveLength(1)
  })
})

describe('is refused', () => {
  test.each<[string, ResponseOptions, string, RegExp]>([
    ['unsigned', { sign: [] }, 'InvalidIdentityToken', /^Response signature invalid$/],
    ['signed by a stranger', { key: strangerKey }, 'InvalidIdentityToken', /^Response signature invalid$/],
    [
      'signed with SHA-1',
      { signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' },
      'InvalidIdentityToken',
      /^Response signature invalid$/,
    ],
    ['digested with SHA-1', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }, 'InvalidIdentityToken', /^Response signature invalid$/],
    ['of another issuer', { issuer: 'https://evil.example/saml' }, 'InvalidIdentityToken', /^Issuer not present in specified provider$/],
    [
      'for another audience',
      { audience: 'https://other.example' },
      'InvalidIdentityToken',
      /^Response does not contain the required audience\.$/,
    ],
    ['for no audience', { audience: null }, 'InvalidIdentityToken', /^Response does not contain the required audience\.$/],
    ['for another recipient', { recipient: 'https://signin.aws.amazon.com.evil.example/saml' }, 'InvalidIdentityToken', /recipient/],
    ['issued six minutes ago', { issuedIn: -360_000 }, 'ExpiredTokenException', /^Token must be redeemed within 5 minutes of issuance$/],
    ['past its conditions', { expiresIn: -1 }, 'ExpiredTokenException', /redeemed/],
    ['past its confirmation', { confirmedFor: -1 }, 'ExpiredTokenException', /redeemed/],
    ['before its conditions', { startsIn: 60_000 }, 'InvalidIdentityToken', /not yet valid/],
    ['issued in the future', { issuedIn: 360_000 }, 'InvalidIdentityToken', /not yet valid/],
    ['without success', { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }, 'IDPRejectedClaim', /authentication failed/],
    [
      'without a session name',
      { attributes: { RoleSessionName: null } },
      'InvalidIdentityToken',
      /^RoleSessionName is required in AuthnResponse$/,
    ],
    [
      'with a session name that is none',
      { attributes: { RoleSessionName: ['a b'] } },
      'InvalidIdentityToken',
      /^RoleSessionName in AuthnResponse must match/,
    ],
    [
      'with a source identity that is none',
      { attributes: { SourceIdentity: ['a b'] } },
      'InvalidIdentityToken',
      /^Source Identity must match/,
    ],
    ['with two values of a tag', { attributes: { 'PrincipalTag:a': ['1', '2'] } }, 'InvalidIdentityToken', /one value/],
    ['without roles', { attributes: { Role: null } }, 'AccessDenied', /^Not authorized to perform sts:AssumeRoleWithSAML$/],
    [
      'with another role',
      { attributes: { Role: [`arn:aws:iam::${account}:role/Other,${providerArn}`] } },
      'AccessDenied',
      /^Not authorized/,
    ],
    [
      'with another provider',
      { attributes: { Role: [`arn:aws:iam::${account}:role/Federated,${providerArn}2`] } },
      'AccessDenied',
      /^Not authorized/,
    ],
    ['without a subject', { subject: '' }, 'InvalidIdentityToken', /subject/],
  ])('%s', async (_, options, code, message) => {
    const problem = await refused(options)
    expect(problem.code).toBe(code)
    expect(problem.message).toMatch(message)
  })

  test.each(['', '<', '<a/>', 'plain', '<samlp:Response/>', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])(
    'what is no response: %s',
    async xml => {
      expect(await refusedXml(xml === '' ? '  ' : xml)).toMatchObject({ code: 'InvalidIdentityToken' })
    },
  )

  test('what is not base 64, or of no provider', async () => {
    expect(await refusedXml('', { SAMLAssertion: '####' })).toEqual({
      code: 'InvalidIdentityToken',
      message: 'Invalid base64 SAMLResponse',
    })
    expect(await refused({}, { PrincipalArn: `${providerArn}2` })).toEqual({
      code: 'InvalidIdentityToken',
      message: "Specified provider doesn't exist.",
    })
  })

  test('a document type, though the rest is signed', async () => {
    const good = response(house.now)
    expect(await refusedXml(`<!DOCTYPE samlp:Response>${good}`)).toMatchObject({ code: 'InvalidIdentityToken' })
    const bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    expect(await refusedXml(bomb + good)).toMatchObject({ code: 'InvalidIdentityToken' })
  })
})

describe('signature wrapping', () => {
  /** The signed assertion as an element, and one that says something else. */
  const parts = () => {
    const good = response(house.now)
    const assertion = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(good)?.[0] ?? ''
    const signature = /<Signature[\s\S]*<\/Signature>/.exec(assertion)?.[0] ?? ''
    const evil = assertion.replace(signature, '').replace('alice@example.com', 'mallory').replace('ID="_assertion"', 'ID="_evil"')
    return { good, assertion, signature, evil }
  }

  test.each<[string, (p: ReturnType<typeof parts>) => string]>([
    ['an evil assertion before the signed one', ({ good, assertion, evil }) => good.replace(assertion, evil + assertion)],
    ['an evil assertion after the signed one', ({ good, assertion, evil }) => good.replace(assertion, assertion + evil)],
    [
      'the signed one inside the evil one',
      ({ good, assertion, evil }) => good.replace(assertion, evil.replace('</saml:Assertion>', `${assertion}</saml:Assertion>`)),
    ],
    [
      "the signed one in an Object of the evil one's signature",
      ({ good, assertion, signature, evil }) => {
        const moved = signature.replace('</Signature>', `<Object>${assertion.replace(signature, '')}</Object></Signature>`)
        return good.replace(assertion, evil.replace('</saml:Issuer>', `</saml:Issuer>${moved}`))
      },
    ],
    [
      'the signed one in the extensions of the response',
      ({ good, assertion, evil }) =>
        good
          .replace('<samlp:Status>', `<samlp:Extensions>${assertion}</samlp:Extensions><samlp:Status>`)
          .replace(new RegExp(`</samlp:Status>${escapedPattern(assertion)}`), `</samlp:Status>${evil}`),
    ],
    [
      'the same id twice',
      ({ good, assertion, evil }) => good.replace(assertion, evil.replace('ID="_evil"', 'ID="_assertion"') + assertion),
    ],
    [
      'the evil one with the signature of the good one',
      ({ good, assertion, signature, evil }) => good.replace(assertion, evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)),
    ],
    [
      "the evil one with the good one's id and signature",
      ({ good, assertion, signature, evil }) =>
        good.replace(assertion, evil.replace('ID="_evil"', 'ID="_assertion"').replace('</saml:Issuer>', `</saml:Issuer>${signature}`)),
    ],
    ['an altered attribute', ({ good }) => good.replace('alice@example.com', 'mallory@example.com')],
    ['a comment that cuts a value is read as it was signed', ({ good }) => good.replace('>alice<', '>mallory<!-- -->alice<')],
    ["an entity in place of a letter in the signature's reference", ({ good }) => good.replace('URI="#_assertion"', 'URI=""')],
    [
      'two references',
      ({ good }) => good.replace('</Reference>', '</Reference><Reference URI="#_response"><DigestValue>x</DigestValue></Reference>'),
    ],
    [
      'a transform of another kind',
      ({ good }) => good.replace('http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/TR/1999/REC-xpath-19991116'),
    ],
    [
      'an HMAC by the certificate',
      ({ good }) => good.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
    ],
  ])('%s', async (_, attack) => {
    const p = parts()
    const xml = attack(p)
    expect(xml).not.toBe(p.good)
    expect(await refusedXml(xml)).toMatchObject({ code: 'InvalidIdentityToken' })
  })

  test('a comment inside a signed value hides nothing of it', async () => {
    const xml = response(house.now).replace('>alice<', '>ali<!-- cut -->ce<')
    expect(await house.call('AssumeRoleWithSAML', asked(xml), anonymous)).toMatchObject({ Subject: 'alice' })
  })
})

/**
 * The eight attacks that Somorovsky et al. describe in "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012, section 4), by the
 * names that testing tools give them. The original is what the signature covers, without the signature; the evil one says that mallory is here.
 */
describe('signature wrapping by its published names', () => {
  const element = (xml: string, name: string) => new RegExp(`<${name}[ >][\\s\\S]*</${name}>`).exec(xml)?.[0] ?? ''

  const ofResponse = () => {
    const good = response(house.now, { sign: ['response'] })
    const signature = element(good, 'Signature')
    const original = good.replace(signature, '')
    const evil = original
      .replaceAll('alice', 'mallory')
      .replace('ID="_response"', 'ID="_evil"')
      .replace('ID="_assertion"', 'ID="_evilAssertion"')
    const afterIssuer = (content: string) => evil.replace('</saml:Issuer>', `</saml:Issuer>${content}`)
    return { good, signature, original, afterIssuer }
  }

  const ofAssertion = () => {
    const good = response(house.now)
    const assertion = element(good, 'saml:Assertion')
    const signature = element(assertion, 'Signature')
    const original = assertion.replace(signature, '')
    const evil = original.replaceAll('alice', 'mallory').replace('ID="_assertion"', 'ID="_evil"')
    const within = (xml: string, content: string) => xml.replace('</saml:Issuer>', `</saml:Issuer>${content}`)
    return { good, assertion, signature, original, evil, within }
  }

  const attacks: readonly [string, string, () => string][] = [
    [
      'XSW1',
      'an evil response with the good one inside its signature',
      () => {
        const { signature, original, afterIssuer } = ofResponse()
        return afterIssuer(signature.replace('</Signature>', `${original}</Signature>`))
      },
    ],
    [
      'XSW2',
      'an evil response with the good one and its signature beside one another',
      () => {
        const { signature, original, afterIssuer } = ofResponse()
        return afterIssuer(original + signature)
      },
    ],
    [
      'XSW3',
      'an evil assertion before the good one',
      () => {
        const { good, assertion, evil } = ofAssertion()
        return good.replace(assertion, evil + assertion)
      },
    ],
    [
      'XSW4',
      'an evil assertion around the good one',
      () => {
        const { good, assertion, evil } = ofAssertion()
        return good.replace(assertion, evil.replace('</saml:Assertion>', `${assertion}</saml:Assertion>`))
      },
    ],
    [
      'XSW5',
      'an evil assertion with the signature, and the good one without it at the end',
      () => {
        const { good, assertion, signature, original, evil, within } = ofAssertion()
        return good.replace(assertion, within(evil, signature)).replace('</samlp:Response>', `${original}</samlp:Response>`)
      },
    ],
    [
      'XSW6',
      'an evil assertion with the signature, and the good one inside of that',
      () => {
        const { good, assertion, signature, original, evil, within } = ofAssertion()
        return good.replace(assertion, within(evil, signature.replace('</Signature>', `${original}</Signature>`)))
      },
    ],
    [
      'XSW7',
      'an evil assertion in extensions before the good one',
      () => {
        const { good, assertion, evil } = ofAssertion()
        return good.replace(assertion, `<samlp:Extensions>${evil}</samlp:Extensions>${assertion}`)
      },
    ],
    [
      'XSW8',
      'an evil assertion with the signature, and the good one in an Object of that',
      () => {
        const { good, assertion, signature, original, evil, within } = ofAssertion()
        return good.replace(assertion, within(evil, signature.replace('</Signature>', `<Object>${original}</Object></Signature>`)))
      },
    ],
  ]

  test.each(attacks)('%s: %s', async (_name, _what, attack) => {
    const xml = attack()
    expect(xml).toContain('mallory')
    expect(xml).toContain('alice')
    const outcome = await house.call('AssumeRoleWithSAML', asked(xml), anonymous).catch((problem: unknown) => problem)
    expect(outcome).toMatchObject({ code: 'InvalidIdentityToken' })
  })
})

function escapedPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

describe('an encrypted assertion', () => {
  const { publicKey: key, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const addKey = (mode: 'Required' | 'Allowed') =>
    house.call('UpdateSAMLProvider', {
      SAMLProviderArn: providerArn,
      AssertionEncryptionMode: mode,
      AddPrivateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    })

  test.each<[string, ResponseOptions]>([
    ['signed inside', { encrypt: { key } }],
    ['signed outside', { encrypt: { key }, sign: ['response'] }],
    ['signed twice', { encrypt: { key }, sign: ['assertion', 'response'] }],
    ['with OAEP of SHA-256', { encrypt: { key, padding: 'oaep256' } }],
    ['with CBC under a signature', { encrypt: { key, cipher: 'cbc' }, sign: ['response'] }],
  ])('%s', async (_, options) => {
    await addKey('Required')
    expect(await assume(options)).toMatchObject({ Subject: 'alice' })
  })

  test.each<[string, ResponseOptions]>([
    ['unsigned', { encrypt: { key }, sign: [] }],
    ['for another key', { encrypt: { key: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey } }],
    ['with PKCS #1 1.5', { encrypt: { key, padding: 'pkcs1' } }],
    ['with CBC that no signature covers', { encrypt: { key, cipher: 'cbc' } }],
    ['signed by a stranger', { encrypt: { key }, key: strangerKey }],
  ])('is refused %s, and nothing tells why', async (_, options) => {
    await addKey('Required')
    expect(await refused(options)).toEqual({ code: 'InvalidIdentityToken', message: 'Response signature invalid' })
  })

  test('is refused when altered, or beside a readable one', async () => {
    await addKey('Allowed')
    const good = response(house.now, { encrypt: { key } })
    const altered = good.replace(
      /(<\/xenc:EncryptedKey>[\s\S]*<xenc:CipherValue>.{40})(.)/,
      (_, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A'),
    )
    expect(altered).not.toBe(good)
    expect(await refusedXml(altered)).toMatchObject({ code: 'InvalidIdentityToken' })
    const readable = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(response(house.now, { sign: [] }))?.[0] ?? ''
    expect(await refusedXml(good.replace('<saml:EncryptedAssertion>', `${readable}<saml:EncryptedAssertion>`))).toMatchObject({
      code: 'InvalidIdentityToken',
    })
  })

  test('is needed where the provider requires it, and only there', async () => {
    await addKey('Required')
    expect(await refused({})).toEqual({ code: 'InvalidIdentityToken', message: 'The SAML assertion must be encrypted.' })
    await house.call('UpdateSAMLProvider', { SAMLProviderArn: providerArn, AssertionEncryptionMode: 'Allowed' })
    expect(await assume()).toHaveProperty('Credentials')
  })
})
