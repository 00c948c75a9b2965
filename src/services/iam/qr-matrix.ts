/** Error correction of level L by version, from 1: correction bytes a block, then blocks and data bytes of each of two groups. ISO/IEC 18004, table 9. */
const versions: readonly (readonly [correction: number, blocks1: number, data1: number, blocks2: number, data2: number])[] = [
  [7, 1, 19, 0, 0],
  [10, 1, 34, 0, 0],
  [15, 1, 55, 0, 0],
  [20, 1, 80, 0, 0],
  [26, 1, 108, 0, 0],
  [18, 2, 68, 0, 0],
  [20, 2, 78, 0, 0],
  [24, 2, 97, 0, 0],
  [30, 2, 116, 0, 0],
  [18, 2, 68, 2, 69],
  [20, 4, 81, 0, 0],
  [24, 2, 92, 2, 93],
  [26, 4, 107, 0, 0],
  [30, 3, 115, 1, 116],
  [22, 5, 87, 1, 88],
  [24, 5, 98, 1, 99],
  [28, 1, 107, 5, 108],
  [30, 5, 120, 1, 121],
  [28, 3, 113, 4, 114],
  [28, 3, 107, 5, 108],
]

/** Conditions under which a mask turns a module over. ISO/IEC 18004, table 10. */
const masks: readonly ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  r => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
]

type Matrix = (boolean | undefined)[][]

/**
 * The modules of a QR code, dark ones true: byte mode, correction level L, the smallest version that holds the data.
 * @throws RangeError beyond 858 bytes
 * @see    ISO/IEC 18004, "QR Code bar code symbology specification"
 */
export function qrMatrix(data: Uint8Array): boolean[][] {
  const version = versions.findIndex((_, index) => dataBytesOf(index + 1) * 8 >= headerBits(index + 1) + data.length * 8) + 1
  if (version === 0) throw new RangeError('too long for a QR code')
  const bits = bitsOf(interleaved(dataBytes(data, version), version))
  const candidates = masks.map((_, mask) => drawn(version, bits, mask))
  const penalties = candidates.map(penaltyOf)
  return candidates[penalties.indexOf(Math.min(...penalties))] as boolean[][]
}

const headerBits = (version: number) => 4 + (version < 10 ? 8 : 16)

function dataBytesOf(version: number): number {
  const [, blocks1, data1, blocks2, data2] = versions[version - 1] as (typeof versions)[number]
  return blocks1 * data1 + blocks2 * data2
}

/** Mode, length, data, end and padding. */
function dataBytes(data: Uint8Array, version: number): Uint8Array {
  const capacity = dataBytesOf(version) * 8
  let bits = `0100${data.length.toString(2).padStart(version < 10 ? 8 : 16, '0')}`
  for (const byte of data) bits += byte.toString(2).padStart(8, '0')
  bits += '0'.repeat(Math.min(4, capacity - bits.length))
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0')
  const bytes = Uint8Array.from({ length: bits.length / 8 }, (_, i) => Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2))
  const padded = new Uint8Array(capacity / 8)
  padded.set(bytes)
  for (let i = bytes.length; i < padded.length; i++) padded[i] = (i - bytes.length) % 2 === 0 ? 0xec : 0x11
  return padded
}

/** The blocks' bytes in turn, then their correction bytes in turn. */
function interleaved(data: Uint8Array, version: number): number[] {
  const [correction, blocks1, data1, blocks2, data2] = versions[version - 1] as (typeof versions)[number]
  const blocks: Uint8Array[] = []
  let offset = 0
  for (let i = 0; i < blocks1 + blocks2; i++) {
    const length = i < blocks1 ? data1 : data2
    blocks.push(data.subarray(offset, offset + length))
    offset += length
  }
  const corrections = blocks.map(block => correctionOf(block, correction))
  const inTurn = (parts: readonly Uint8Array[]) => {
    const longest = Math.max(...parts.map(part => part.length))
    return Array.from({ length: longest }, (_, i) => parts.flatMap(part => (i < part.length ? [part[i] as number] : []))).flat()
  }
  return [...inTurn(blocks), ...inTurn(corrections)]
}

/** Powers of 2 and their logarithms in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1. */
const powers: number[] = []
const logarithms: number[] = []
for (let i = 0, value = 1; i < 255; i++) {
  powers[i] = value
  logarithms[value] = i
  value <<= 1
  if (value > 255) value ^= 0x11d
}
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (powers[((logarithms[a] as number) + (logarithms[b] as number)) % 255] as number)

/** Reed-Solomon: the remainder of the data by the generator polynomial of a degree. */
function correctionOf(data: Uint8Array, degree: number): Uint8Array {
  let generator = [1]
  for (let i = 0; i < degree; i++) {
    const next = [...generator, 0]
    generator.forEach((coefficient, j) => {
      next[j + 1] = (next[j + 1] as number) ^ times(coefficient, powers[i] as number)
    })
    generator = next
  }
  const remainder = new Uint8Array(degree)
  for (const byte of data) {
    const factor = byte ^ (remainder[0] as number)
    remainder.copyWithin(0, 1)
    remainder[degree - 1] = 0
    for (let i = 0; i < degree; i++) remainder[i] = (remainder[i] as number) ^ times(generator[i + 1] as number, factor)
  }
  return remainder
}

const bitsOf = (bytes: readonly number[]): boolean[] =>
  bytes.flatMap(byte => Array.from({ length: 8 }, (_, i) => ((byte >> (7 - i)) & 1) === 1))

function drawn(version: number, bits: readonly boolean[], mask: number): boolean[][] {
  const size = 17 + 4 * version
  const matrix: Matrix = Array.from({ length: size }, () => Array.from({ length: size }, () => undefined))
  drawPatterns(matrix, version)
  drawFormat(matrix, mask)
  if (version >= 7) drawVersion(matrix, version)
  drawData(matrix, bits, masks[mask] as (typeof masks)[number])
  return matrix as boolean[][]
}

const set = (matrix: Matrix, row: number, column: number, dark: boolean) => {
  const line = matrix[row]
  if (line && column >= 0 && column < line.length) line[column] = dark
}

/** Finders with their separators, timing lines, alignment patterns, and the module that is always dark. */
function drawPatterns(matrix: Matrix, version: number): void {
  const size = matrix.length
  for (let i = 0; i < size; i++) {
    set(matrix, 6, i, i % 2 === 0)
    set(matrix, i, 6, i % 2 === 0)
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const) {
    for (let r = -4; r <= 4; r++) {
      for (let c = -4; c <= 4; c++) {
        const ring = Math.max(Math.abs(r), Math.abs(c))
        set(matrix, row + r, column + c, ring !== 2 && ring !== 4)
      }
    }
  }
  const centers = alignmentCenters(version)
  const last = centers.length - 1
  centers.forEach((row, i) =>
    centers.forEach((column, j) => {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return
      for (let r = -2; r <= 2; r++) for (let c = -2; c <= 2; c++) set(matrix, row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1)
    }),
  )
  set(matrix, size - 8, 8, true)
}

/** Rows and columns of alignment patterns: evenly spaced by even steps, from the far side. ISO/IEC 18004, annex E. */
function alignmentCenters(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const size = 17 + 4 * version
  const step = Math.ceil((size - 13) / (2 * (count - 1))) * 2
  return [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - step * (count - 2 - i))]
}

/** The remainder of a code word by a generator polynomial: BCH codes of format and version. */
function withRemainder(value: number, generator: number, degree: number): number {
  let remainder = value << degree
  for (let bit = 31 - Math.clz32(remainder); bit >= degree; bit = 31 - Math.clz32(remainder)) remainder ^= generator << (bit - degree)
  return (value << degree) | remainder
}

function drawFormat(matrix: Matrix, mask: number): void {
  const size = matrix.length
  // Level L is 01.
  const format = withRemainder(0b01000 | mask, 0b10100110111, 10) ^ 0b101010000010010
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1
    const row = i < 6 ? i : i < 8 ? i + 1 : size - 15 + i
    const column = i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i
    set(matrix, row, 8, dark)
    set(matrix, 8, column, dark)
  }
}

function drawVersion(matrix: Matrix, version: number): void {
  const size = matrix.length
  const bits = withRemainder(version, 0b1111100100101, 12)
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1
    set(matrix, Math.floor(i / 3), size - 11 + (i % 3), dark)
    set(matrix, size - 11 + (i % 3), Math.floor(i / 3), dark)
  }
}

/** Two columns at a time from the right, upwards and downwards in turn, leaving out the vertical timing line. */
function drawData(matrix: Matrix, bits: readonly boolean[], mask: (row: number, column: number) => boolean): void {
  const size = matrix.length
  let next = 0
  let upwards = true
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    for (let i = 0; i < size; i++) {
      const row = upwards ? size - 1 - i : i
      for (const column of [right, right - 1]) {
        if (matrix[row]?.[column] !== undefined) continue
        set(matrix, row, column, (bits[next++] ?? false) !== mask(row, column))
      }
    }
    upwards = !upwards
  }
}

/** How hard a pattern is to read: long runs, blocks, patterns like a finder's, imbalance. ISO/IEC 18004, "Evaluation of masking results". */
function penaltyOf(matrix: readonly (readonly boolean[])[]): number {
  const size = matrix.length
  const columns = matrix.map((_, c) => matrix.map(row => row[c] as boolean))
  let penalty = 0
  let dark = 0
  for (const line of [...matrix, ...columns]) {
    const text = line.map(module => (module ? '1' : '0')).join('')
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) penalty += run.length - 2
    penalty += 40 * ((text.match(/(?=00001011101)/g) ?? []).length + (text.match(/(?=10111010000)/g) ?? []).length)
  }
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      if (matrix[r]?.[c]) dark++
      const same = matrix[r]?.[c]
      if (r > 0 && c > 0 && matrix[r - 1]?.[c] === same && matrix[r]?.[c - 1] === same && matrix[r - 1]?.[c - 1] === same) penalty += 3
    }
  }
  return penalty + 10 * Math.floor(Math.abs((dark * 20) / (size * size) - 10))
}
