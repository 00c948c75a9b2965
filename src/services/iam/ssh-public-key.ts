import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { iam } from './service.ts'

/** A user's SSH public key: RSA, of 2,048 bits at least. IAM API Reference, "UploadSSHPublicKey". */
export interface SshPublicKey {
  readonly ssh: string
  readonly pem: string
  /** MD5 of the key as SSH encodes it, in pairs of digits. RFC 4716, section 4. */
  readonly fingerprint: string
}

const smallest = 2048

/**
 * Reads a key in either encoding.
 * @throws UnrecognizedPublicKeyEncoding, InvalidPublicKey
 */
export function readSshPublicKey(text: string): SshPublicKey {
  const body = text.trim()
  const key = body.startsWith('ssh-') ? ofSsh(body) : body.startsWith('-----BEGIN') ? ofPem(body) : undefined
  if (!key) throw new iam.UnrecognizedPublicKeyEncoding('The public key encoding format is unsupported or unrecognized.')
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < smallest) throw invalid()
  const blob = sshBlobOf(key)
  const digest = createHash('md5').update(blob).digest('hex')
  return {
    ssh: `ssh-rsa ${blob.toString('base64')}`,
    pem: key.export({ type: 'spki', format: 'pem' }) as string,
    fingerprint: (digest.match(/../g) ?? []).join(':'),
  }
}

const invalid = () => new iam.InvalidPublicKey('The public key is malformed or otherwise invalid.')

/** RFC 4253, section 6.6: the name, then exponent and modulus, each with its length before it. */
function ofSsh(text: string): KeyObject {
  const blob = Buffer.from(text.split(/\s+/)[1] ?? '', 'base64')
  const fields: Buffer[] = []
  for (let at = 0; at + 4 <= blob.length; ) {
    const length = blob.readUInt32BE(at)
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  const [name, e, n] = fields
  if (name?.toString() !== 'ssh-rsa' || !e || !n) throw invalid()
  try {
    return createPublicKey({ key: { kty: 'RSA', e: unsigned(e), n: unsigned(n) }, format: 'jwk' })
  } catch {
    throw invalid()
  }
}

function ofPem(text: string): KeyObject {
  try {
    return createPublicKey(text)
  } catch {
    throw invalid()
  }
}

/** Numbers carry a leading zero when their first bit is set; JWK does not. */
const unsigned = (bytes: Buffer): string => (bytes[0] === 0 ? bytes.subarray(1) : bytes).toString('base64url')

function sshBlobOf(key: KeyObject): Buffer {
  const { e = '', n = '' } = key.export({ format: 'jwk' })
  const number = (text: string) => {
    const bytes = Buffer.from(text, 'base64url')
    return ((bytes[0] ?? 0) & 0x80) === 0 ? bytes : Buffer.concat([Buffer.from([0]), bytes])
  }
  return Buffer.concat(
    [Buffer.from('ssh-rsa'), number(e), number(n)].flatMap(field => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(field.length)
      return [length, field]
    }),
  )
}
