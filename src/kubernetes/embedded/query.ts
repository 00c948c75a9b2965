import { badRequest } from './status.ts'

/** A query as Go reads it: a part with a semicolon is none. Go's net/url, "ParseQuery". */
export const parseQuery = (text: string): URLSearchParams =>
  new URLSearchParams(
    text
      .split('&')
      .filter(part => !part.includes(';'))
      .join('&'),
  )

/** Whether a parameter says yes: anything but `false` and `0`, the empty text too. apimachinery, "Convert_Slice_string_To_bool". */
export function isTrue(query: URLSearchParams, name: string): boolean {
  const text = query.get(name)
  return text !== null && !['false', '0'].includes(text.toLowerCase())
}

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]

/** A parameter that is a whole number of 64 bits; undefined when it is not there. @throws StatusError BadRequest in Go's words */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  const value = BigInt(text.replace(/^\+/, ''))
  if (value < least || value > most) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`)
  return Number(value)
}

/** What is wrong with a text as a whole number of 64 bits without a sign, in Go's words. */
export function unsignedProblem(text: string): string | undefined {
  const problem = !/^\d+$/.test(text) ? 'invalid syntax' : BigInt(text) >= 2n ** 64n ? 'value out of range' : undefined
  return problem && `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${problem}`
}

const unit = '(?:ns|us|µs|μs|ms|s|m|h)'
const durationForm = new RegExp(`^[+-]?(?:0|(?:(?:\\d+\\.?\\d*|\\.\\d+)${unit})+)$`)

/** Holds the parameter `timeout` to Go's form of durations. @throws StatusError BadRequest */
export function checkTimeout(query: URLSearchParams): void {
  const text = query.get('timeout')
  if (!text || durationForm.test(text)) return
  const shown = JSON.stringify(text)
  const why = /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? `missing unit in duration ${shown}` : `invalid duration ${shown}`
  throw badRequest(`invalid timeout specified in the request URL - time: ${why}`)
}
