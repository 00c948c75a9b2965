/** A parsed address or prefix: IPv4 as one number, IPv6 as eight 16-bit groups. */
export type Address = number | readonly number[]

/** An address range. */
export interface Prefix {
  readonly address: Address
  readonly length: number
}

/**
 * Parses an IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`), which dual-stack sockets report, is the IPv4 address.
 * @returns undefined when the text is not an address
 * @see     RFC 4291, section 2.2
 */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

function parseV4(text: string): number | undefined {
  let value = 0
  let byte = -1
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      byte = (byte === -1 ? 0 : byte) * 10 + code - 0x30
      if (byte > 255) return undefined
    } else if (code === 0x2e && byte !== -1 && dots < 3) {
      value = value * 256 + byte
      byte = -1
      dots++
    } else return undefined
  }
  return dots === 3 && byte !== -1 ? value * 256 + byte : undefined
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2 || text.length > 45) return undefined
  const head = groups(halves[0] ?? '')
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : []
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const all = [...head, ...Array<number>(missing).fill(0), ...tail]
  const [, , , , , sixth, seventh = 0, eighth = 0] = all
  const mapped = sixth === 0xffff && all.slice(0, 5).every(group => group === 0)
  return mapped ? seventh * 65536 + eighth : all
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const values: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) values.push(Number.parseInt(part, 16))
    else {
      const v4 = i === parts.length - 1 ? parseV4(part) : undefined
      if (v4 === undefined) return undefined
      values.push(Math.floor(v4 / 65536), v4 % 65536)
    }
  }
  return values
}

/**
 * Parses a CIDR block, or an address as a block of one.
 * @returns undefined when the text is neither
 */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const maximum = typeof address === 'number' ? 32 : 128
  if (slash === -1) return { address, length: maximum }
  const digits = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > maximum) return undefined
  return { address, length: Number(digits) }
}

/** Whether a range holds an address. Ranges of one family hold no address of the other. */
export function prefixContains({ address: start, length }: Prefix, address: Address): boolean {
  if (typeof start === 'number') {
    if (typeof address !== 'number') return false
    const size = 2 ** (32 - length)
    return Math.floor(start / size) === Math.floor(address / size)
  }
  if (typeof address === 'number') return false
  for (let bits = length, i = 0; bits > 0; bits -= 16, i++) {
    const shift = bits >= 16 ? 0 : 16 - bits
    if ((start[i] ?? 0) >> shift !== (address[i] ?? 0) >> shift) return false
  }
  return true
}
