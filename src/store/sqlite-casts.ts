import { isoTime } from './sqlite-times.ts'

type Cast = (value: string | number, from: string) => string | number | null

const day = 86_400_000

/** What values become, by the type wanted; null for what cannot. Trino documentation, "Conversion functions". */
const casts: { readonly [to: string]: Cast } = {
  varchar: (value, from) => {
    if (from === 'boolean') return value === 0 ? 'false' : 'true'
    if (from === 'timestamp') return new Date(Number(value)).toISOString().replace('T', ' ').slice(0, -1)
    return from === 'date' ? new Date(Number(value)).toISOString().slice(0, 10) : String(value)
  },
  bigint: value => (/^\s*[+-]?\d{1,15}\s*$/.test(String(value)) ? Number(value) : typeof value === 'number' ? Math.round(value) : null),
  double: value => (String(value).trim() === '' || Number.isNaN(Number(value)) ? null : Number(value)),
  boolean: (value, from) => {
    if (from !== 'varchar') return value === 0 ? 0 : 1
    const text = String(value).toLowerCase()
    return ['true', 't', '1'].includes(text) ? 1 : ['false', 'f', '0'].includes(text) ? 0 : null
  },
  timestamp: (value, from) => (from === 'varchar' ? isoTime(String(value).trim().replace(' ', 'T')) : from === 'date' ? value : null),
  date: (value, from) => {
    const at = from === 'varchar' ? isoTime(String(value).trim().slice(0, 10)) : from === 'timestamp' ? Number(value) : null
    return at === null ? null : Math.floor(at / day) * day
  },
}

/** CAST and, leniently, TRY_CAST. */
export function castTo(to: string, from: string, lenient: number, value: string | number): string | number | null {
  const result = (casts[to] as Cast)(value, from)
  if (result === null && lenient === 0) throw new Error(`Cannot cast '${String(value).slice(0, 100)}' to ${to}`)
  return result
}
