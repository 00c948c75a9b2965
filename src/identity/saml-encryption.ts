import { constants, createDecipheriv, privateDecrypt } from 'node:crypto'
import type { Element } from '@xmldom/xmldom'
import { allBelow, attributeOf, childOf, childrenOf, textOf } from './saml-xml.ts'

interface Cipher {
  readonly name: 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-256-cbc'
  readonly keySize: number
  /** Without a tag of its own: who may send anything and see what fails can read it. */
  readonly malleable?: true
}

/** How assertions may be encrypted. XML Encryption 1.1, sections 5.2.2 and 5.2.4. */
const ciphers: { readonly [algorithm: string]: Cipher } = {
  'http://www.w3.org/2009/xmlenc11#aes128-gcm': { name: 'aes-128-gcm', keySize: 16 },
  'http://www.w3.org/2009/xmlenc11#aes256-gcm': { name: 'aes-256-gcm', keySize: 32 },
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc': { name: 'aes-128-cbc', keySize: 16, malleable: true },
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc': { name: 'aes-256-cbc', keySize: 32, malleable: true },
}

const oaepWithSha1 = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'
const oaep = 'http://www.w3.org/2009/xmlenc11#rsa-oaep'
const oaepHashes: { readonly [algorithm: string]: string } = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
}

/**
 * Decrypts an EncryptedAssertion. RSA PKCS #1 1.5 is refused, and CBC unless a signature over the ciphertext was verified before: both tell an
 * attacker too much. Whatever fails looks the same.
 * @param privateKeys  the provider's, PEM
 * @param signed       whether a signature covers what is decrypted
 * @returns            the assertion's text; undefined when it cannot be read
 * @see                SAML 2.0 Core, section 2.3.4; XML Encryption 1.1; "How to Break XML Encryption"
 */
export function decryptAssertion(encrypted: Element, privateKeys: readonly string[], signed: boolean): string | undefined {
  const [data, ...others] = childrenOf(encrypted, 'encryption', 'EncryptedData')
  const wrapped = allBelow(encrypted, 'encryption', 'EncryptedKey')
  const [encryptedKey] = wrapped
  if (!data || !encryptedKey || others.length > 0 || wrapped.length > 1) return undefined
  const cipher = ciphers[algorithmOf(data)]
  if (!cipher || (cipher.malleable && !signed)) return undefined
  for (const privateKey of privateKeys) {
    try {
      const key = unwrap(encryptedKey, privateKey)
      if (key?.length === cipher.keySize) return decrypt(cipher, key, cipherBytes(data))
    } catch {
      // Not the key that it was wrapped for, or altered.
    }
  }
  return undefined
}

const methodOf = (element: Element) => childOf(element, 'encryption', 'EncryptionMethod')
const algorithmOf = (element: Element): string => attributeOf(methodOf(element), 'Algorithm') ?? ''
const cipherBytes = (element: Element): Buffer =>
  Buffer.from(textOf(childOf(childOf(element, 'encryption', 'CipherData'), 'encryption', 'CipherValue')), 'base64')

/** XML Encryption 1.1, section 5.5.2. Node's mask function has the hash of the digest, so they must be the same. */
function unwrap(encryptedKey: Element, privateKey: string): Buffer | undefined {
  const algorithm = algorithmOf(encryptedKey)
  const method = methodOf(encryptedKey)
  const digest =
    oaepHashes[attributeOf(childOf(method, 'signature', 'DigestMethod'), 'Algorithm') ?? 'http://www.w3.org/2000/09/xmldsig#sha1']
  const mask = attributeOf(childOf(method, 'encryption11', 'MGF'), 'Algorithm')?.replace(/^.*#mgf1/, '') ?? 'sha1'
  if ((algorithm !== oaepWithSha1 && algorithm !== oaep) || digest === undefined || digest !== mask) return undefined
  return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: digest }, cipherBytes(encryptedKey))
}

const nonceSize = 12
const tagSize = 16
const blockSize = 16

function decrypt({ name, malleable }: Cipher, key: Buffer, bytes: Buffer): string {
  if (malleable) {
    const decipher = createDecipheriv(name, key, bytes.subarray(0, blockSize)).setAutoPadding(false)
    const padded = Buffer.concat([decipher.update(bytes.subarray(blockSize)), decipher.final()])
    // The last byte says how many bytes are padding, whatever they are.
    return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)).toString('utf8')
  }
  const gcm = name as 'aes-128-gcm' | 'aes-256-gcm'
  const decipher = createDecipheriv(gcm, key, bytes.subarray(0, nonceSize), { authTagLength: tagSize }).setAuthTag(bytes.subarray(-tagSize))
  return Buffer.concat([decipher.update(bytes.subarray(nonceSize, -tagSize)), decipher.final()]).toString('utf8')
}
