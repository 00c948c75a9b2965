import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/**
 * A security key in software, written from the specifications: Web Authentication Level 3, sections 6.1 (authenticator data), 6.5 (attestation) and 5.8.1
 * (client data); RFC 9052 for the key's form; RFC 8949 for CBOR.
 */
export class SoftwareAuthenticator {
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  readonly credentialId = randomBytes(32)
  counter = 0

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#privateKey = privateKey
    this.#publicKey = publicKey
  }

  /** What navigator.credentials.create gives, as JSON. */
  create(options: CreationOptions, where: Where): object {
    const clientDataJSON = clientData('webauthn.create', options.challenge, where.origin)
    const authData = this.#authenticatorData(where.rpId ?? options.rp.id, true, where.touched ?? true)
    const attestationObject = cbor(
      new Map<string, CborValue>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]),
    )
    return this.#credential({
      clientDataJSON: base64(clientDataJSON),
      attestationObject: base64(attestationObject),
      transports: ['usb'],
    })
  }

  /** What navigator.credentials.get gives, as JSON. */
  get(options: RequestOptions, where: Where): object {
    const clientDataJSON = clientData('webauthn.get', options.challenge, where.origin)
    if (!where.stuck) this.counter++
    const authenticatorData = this.#authenticatorData(where.rpId ?? options.rpId, false, where.touched ?? true)
    const signed = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()])
    const signature = createSign('sha256').update(signed).sign(this.#privateKey)
    return this.#credential({
      clientDataJSON: base64(clientDataJSON),
      authenticatorData: base64(authenticatorData),
      signature: base64(where.forged ? Buffer.from(signature).fill(0, 10, 12) : signature),
    })
  }

  #credential(response: object): object {
    const id = base64(this.credentialId)
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, authenticatorAttachment: 'cross-platform', response }
  }

  #authenticatorData(rpId: string, attested: boolean, touched: boolean): Buffer {
    const head = Buffer.alloc(37)
    createHash('sha256').update(rpId).digest().copy(head)
    head[32] = (touched ? userPresent : 0) | (attested ? attestedCredential : 0)
    head.writeUInt32BE(this.counter, 33)
    if (!attested) return head
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.credentialId.length)
    return Buffer.concat([head, Buffer.alloc(16), length, this.credentialId, this.#coseKey()])
  }

  /** EC2 key of P-256 for ES256. RFC 9053, sections 2.1 and 7.1. */
  #coseKey(): Buffer {
    const { x = '', y = '' } = this.#publicKey.export({ format: 'jwk' })
    return cbor(
      new Map<number, CborValue>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ]),
    )
  }
}

export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id: string }
}

export interface RequestOptions {
  readonly challenge: string
  readonly rpId: string
}

/** Where the page is that asks, and what the test does to the answer. */
interface Where {
  readonly origin: string
  readonly rpId?: string
  readonly touched?: boolean
  readonly forged?: boolean
  /** The counter does not count. */
  readonly stuck?: boolean
}

const userPresent = 0x01
const attestedCredential = 0x40

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const clientData = (type: string, challenge: string, origin: string): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))

type CborValue = number | string | Uint8Array | Map<string, CborValue> | Map<number, CborValue>

function cbor(value: CborValue): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])])
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  if (length < 256) return Buffer.from([(major << 5) | 24, length])
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}
