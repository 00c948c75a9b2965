import type { SeededRandom } from './random.ts'

/** Texts that trip parsers: control and astral characters, names of JavaScript's own, numbers that are none, other languages' marks, long runs. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  '\r\n',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\u{1f600}',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '%',
  '%00',
  '%ff',
  '%zz',
  '..',
  '../../etc/passwd',
  '/',
  '\\',
  "'",
  '"',
  '`',
  '*',
  '?',
  '${',
  '${*}',
  '${aws:username}',
  '${aws:username, ',
  '{{resolve:ssm:x}}',
  '&amp;',
  '&#0;',
  '&x;',
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  '<![CDATA[',
  '<!--',
  ']]>',
  '<a>',
  'NaN',
  '-Infinity',
  '1e400',
  '-0',
  '0x10',
  '9007199254740993',
  '9'.repeat(40),
  '2026-01-15T12:00:00Z',
  '+275760-09-13T00:00:01Z',
  'arn:aws:iam::123456789012:user/x',
  'arn:::::',
  'true',
  'null',
  '{}',
  '[]',
  '-- ',
  '/*',
  ';',
  'a'.repeat(3_000),
  'é'.repeat(300),
  '*a'.repeat(60),
  '?*'.repeat(60),
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  '['.repeat(300),
  '('.repeat(300),
  '<a>'.repeat(100),
]

export const anyText = (random: SeededRandom): string => {
  if (random.chance(0.5)) return random.pick(hostileTexts)
  const width = random.pick([0x7f, 0xff, 0x2fff, 0x10_ffff])
  return String.fromCodePoint(...random.several(20, () => random.below(width + 1)))
}

/** A text with a few places altered: something of it cut, doubled, moved or put in its place. */
export function alteredText(text: string, random: SeededRandom): string {
  let altered = text
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(altered.length + 1)
    const end = Math.min(altered.length, at + random.below(random.chance(0.2) ? 200 : 8))
    const before = altered.slice(0, at)
    const span = altered.slice(at, end)
    const after = altered.slice(end)
    altered = random.pick<() => string>([
      () => before + after,
      () => before + anyText(random) + span + after,
      () => before + anyText(random) + after,
      () => before + span.repeat(1 + random.below(4)) + after,
      () => span + before + after,
      () => before,
    ])()
  }
  return altered.length > 20_000 ? altered.slice(0, 20_000) : altered
}

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value }

export function anyValue(random: SeededRandom, depth = 0): Value {
  const kind = random.below(depth > 3 ? 5 : 7)
  if (kind < 2) return anyText(random)
  if (kind === 2) return random.pick([0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, -0])
  if (kind === 3) return random.chance(0.5)
  if (kind === 4) return null
  if (kind === 5) return random.several(3, () => anyValue(random, depth + 1))
  return objectOf(random.several(3, (): [string, Value] => [anyText(random), anyValue(random, depth + 1)]))
}

/** With every name as a member of its own, `__proto__` too, as JSON has it. */
const objectOf = (entries: readonly (readonly [string, Value])[]): { [name: string]: Value } =>
  Object.fromEntries(entries) as { [name: string]: Value }

/** A value with one place altered, at any depth: another value, another name, twice, wrapped or gone. */
export function alteredValue(value: Value, random: SeededRandom): Value {
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return replaced(value, random)
  if (Array.isArray(value)) {
    if (value.length === 0) return [anyValue(random)]
    const at = random.below(value.length)
    return value.flatMap((item, index) =>
      index !== at ? [item] : random.chance(0.1) ? [] : random.chance(0.1) ? [item, item] : [alteredValue(item, random)],
    )
  }
  const entries = Object.entries(value)
  if (entries.length === 0 || random.chance(0.1)) return objectOf([...entries, [anyText(random), anyValue(random)]])
  const at = random.below(entries.length)
  return objectOf(
    entries.flatMap(([name, item], index): [string, Value][] => {
      if (index !== at) return [[name, item]]
      if (random.chance(0.1)) return []
      return [random.chance(0.1) ? [anyText(random), item] : [name, alteredValue(item, random)]]
    }),
  )
}

function replaced(value: Value, random: SeededRandom): Value {
  if (typeof value === 'string' && random.chance(0.6)) return alteredText(value, random)
  if (random.chance(0.1)) return [value]
  if (random.chance(0.05)) return deep(value, 1 + random.below(200))
  return anyValue(random)
}

function deep(value: Value, depth: number): Value {
  let wrapped = value
  for (let left = depth; left > 0; left--) wrapped = left % 2 === 0 ? [wrapped] : { a: wrapped }
  return wrapped
}
