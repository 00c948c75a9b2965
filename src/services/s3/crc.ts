import { crc32 } from 'node:zlib'

/** A running cyclic redundancy check. */
export interface Crc {
  update(data: Uint8Array): void
  digest(): Buffer
}

/** CRC-32 of ISO 3309. */
export function crc32Of(): Crc {
  let value = 0
  return {
    update: data => void (value = crc32(data, value)),
    digest: () => bytesOf(BigInt(value), 32),
  }
}

const castagnoli = 0x82f63b78
const castagnoliTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ castagnoli : value >>> 1
  return value >>> 0
})

/** CRC-32C, RFC 3720, appendix B.4. */
export function crc32cOf(): Crc {
  let value = 0xffffffff
  return {
    update(data) {
      for (const byte of data) value = (castagnoliTable[(value ^ byte) & 0xff] as number) ^ (value >>> 8)
    },
    digest: () => bytesOf(BigInt((value ^ 0xffffffff) >>> 0), 32),
  }
}

/** The polynomial of NVM Express's CRC-64, reflected. NVM Express Command Set Specification, "64b CRC". */
const nvme = 0x9a6c9329ac4bc9b5n
const [nvmeHigh, nvmeLow] = tablesOf(nvme)

function tablesOf(polynomial: bigint): [Uint32Array, Uint32Array] {
  const [high, low] = [new Uint32Array(256), new Uint32Array(256)]
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
    high[byte] = Number(value >> 32n)
    low[byte] = Number(value & 0xffffffffn)
  }
  return [high, low]
}

/** CRC-64/NVME, in halves: 64-bit integers of JavaScript are too slow. */
export function crc64nvmeOf(): Crc {
  let [high, low] = [0xffffffff, 0xffffffff]
  return {
    update(data) {
      for (const byte of data) {
        const index = (low ^ byte) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ (nvmeLow[index] as number)
        high = (high >>> 8) ^ (nvmeHigh[index] as number)
      }
    },
    digest: () => bytesOf((BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0), 64),
  }
}

function bytesOf(value: bigint, bits: 32 | 64): Buffer {
  const bytes = Buffer.alloc(bits / 8)
  if (bits === 32) bytes.writeUInt32BE(Number(value))
  else bytes.writeBigUInt64BE(value)
  return bytes
}

/** Reflected polynomials by the bits of their checks. */
const polynomials = { CRC32: 0xedb88320n, CRC32C: BigInt(castagnoli), CRC64NVME: nvme } as const

/**
 * The check of two stretches in a row from the checks of each: the first is carried over as many zero bytes as the second has, by squaring the
 * matrix that carries it over one bit. As zlib's crc32_combine does.
 */
export function combineCrcs(algorithm: keyof typeof polynomials, first: Buffer, second: Buffer, secondBytes: number): Buffer {
  const bits = first.length * 8
  let operator = Array.from({ length: bits }, (_, bit) => (bit === 0 ? polynomials[algorithm] : 1n << BigInt(bit - 1)))
  let value = BigInt(`0x${first.toString('hex')}`)
  for (let left = BigInt(secondBytes) * 8n; left > 0n; left >>= 1n) {
    if (left & 1n) value = times(operator, value)
    operator = operator.map(column => times(operator, column))
  }
  return bytesOf(value ^ BigInt(`0x${second.toString('hex')}`), bits as 32 | 64)
}

function times(matrix: readonly bigint[], vector: bigint): bigint {
  let sum = 0n
  for (let bit = 0; vector > 0n; bit++, vector >>= 1n) if (vector & 1n) sum ^= matrix[bit] as bigint
  return sum
}
