import { generateKeyPairSync } from 'node:crypto'
import { array, assert, asyncProperty, base64String, constantFrom, double, integer, oneof, property, record, string } from 'fast-check'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { SamlError, verifySaml } from '../../../src/identity/saml.ts'
import { verifyWebIdentity, WebIdentityError } from '../../../src/identity/web-identity.ts'
import { account } from '../call.ts'
import { base64, metadata, providerArn, response } from './identity-provider.ts'

const now = Date.UTC(2026, 0, 15, 12)
const runs = { numRuns: 400 }
/** A place in a text, by its share of the length, and what is done there. */
const alteration = record({
  place: double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  removed: integer({ min: 0, max: 40 }),
  added: oneof(
    string({ maxLength: 12 }),
    constantFrom('<', '>', '"', '&', '<!-- -->', '<x/>', ']]>', '<?x?>', '&#x41;', ' ID="_assertion"', '\u0000'),
  ),
})
type Alteration = { place: number; removed: number; added: string }
const alter = (text: string, { place, removed, added }: Alteration): string => {
  const at = Math.floor(place * text.length)
  return text.slice(0, at) + added + text.slice(at + removed)
}

const provider = {
  arn: providerArn,
  account,
  name: 'Example',
  metadata,
  validUntil: now + 1e12,
  decryptionKeys: [],
  encryptionRequired: false,
}

test('whatever is altered in a SAML response, what is read of it is what was signed, or nothing', () => {
  const good = response(now)
  const expected = verifySaml(base64(good), provider, 'https://localhost/saml', now)
  assert(
    property(array(alteration, { minLength: 1, maxLength: 3 }), alterations => {
      const xml = alterations.reduce(alter, good)
      try {
        expect(verifySaml(base64(xml), provider, 'https://localhost/saml', now)).toEqual(expected)
      } catch (problem) {
        if (!(problem instanceof SamlError)) throw problem
      }
    }),
    runs,
  )
})

test('whatever is sent as a SAML response is refused as one', () => {
  assert(
    property(oneof(string(), string({ unit: 'binary' }), base64String()), text => {
      for (const assertion of [text, base64(text)])
        expect(() => verifySaml(assertion, provider, 'https://localhost/saml', now)).toThrow(SamlError)
    }),
    runs,
  )
})

test('whatever is altered in a web identity token, it is refused, or says what was signed', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const seconds = now / 1000
  const claims = { iss: 'https://issuer.example', sub: 'alice', aud: 'client', iat: seconds, exp: seconds + 600 }
  const good = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(privateKey)
  const registered = { arn: 'arn', url: 'issuer.example', clientIds: ['client'], thumbprints: [] }
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256' }] }
  const verify = (token: string) =>
    verifyWebIdentity(
      token,
      async issuer => (issuer === claims.iss ? registered : undefined),
      async () => keys,
      now,
    )
  const expected = await verify(good)
  await assert(
    asyncProperty(
      oneof(
        alteration.map(change => alter(good, change)),
        string(),
      ),
      async token => {
        try {
          expect(await verify(token)).toEqual(expected)
        } catch (problem) {
          if (!(problem instanceof WebIdentityError)) throw problem
        }
      },
    ),
    runs,
  )
})
