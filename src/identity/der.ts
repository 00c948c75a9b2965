/**
 * Distinguished Encoding Rules, as far as certificates need them. Writing them takes a page; the libraries that do bring a dependency injection
 * container and a polyfill of Reflect into every start. ITU-T X.690.
 */
type Der = Buffer

/** One element: tag, length, content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

/** Short form below 128, else the length's bytes after their count. X.690, 8.1.3. */
function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

export const sequence = (...members: readonly Uint8Array[]): Der => element(0x30, ...members)
export const set = (...members: readonly Uint8Array[]): Der => element(0x31, ...members)
export const octetString = (content: Uint8Array): Der => element(0x04, content)
export const utf8String = (text: string): Der => element(0x0c, Buffer.from(text))
export const trueValue: Der = element(0x01, Buffer.from([0xff]))

/** A bit string of whole bytes, or with unused bits at its end. */
export const bitString = (content: Uint8Array, unusedBits = 0): Der => element(0x03, Buffer.from([unusedBits]), content)

/** A positive integer of any size, big-endian. */
export function positiveInteger(bytes: Uint8Array): Der {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  return element(0x02, ((digits[0] ?? 0) & 0x80) !== 0 ? Buffer.from([0]) : Buffer.alloc(0), digits)
}

/** An element with a context-specific tag: constructed ones hold other elements, primitive ones bytes. */
export const tagged = (number: number, content: Uint8Array): Der => element(0xa0 | number, content)
export const taggedPrimitive = (number: number, content: Uint8Array): Der => element(0x80 | number, content)

/** @param text  dotted decimal, such as `2.5.4.3` */
export function objectIdentifier(text: string): Der {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f))
  return bytes
}

/** UTCTime until 2049, GeneralizedTime after, as certificates must. RFC 5280, 4.1.2.5. */
export function time(epochMilliseconds: number): Der {
  const digits = `${new Date(epochMilliseconds).toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`
  return Number(digits.slice(0, 4)) < 2050 ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}
