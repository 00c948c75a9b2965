const form = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(n|u|m|k|M|G|T|P|E|[KMGTPE]i|[eE][+-]?\d{1,3})?$/

/** Powers of ten of decimal suffixes, largest first. */
const decimalSuffixes: readonly (readonly [suffix: string, exponent: number])[] = [
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['', 0],
  ['m', -3],
  ['u', -6],
  ['n', -9],
]
const binarySuffixes = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const

/** A quantity counts in billionths: finer ones are rounded up. */
const finest = -9
const unit = 10n ** 9n
/** What is more is taken as this: "no quantity may represent a number greater than 2^63-1 in magnitude". */
const most = (2n ** 63n - 1n) * unit

/** The power of 1024 of a suffix such as `Mi`. */
const binaryPower = (suffix: string) => binarySuffixes.length - binarySuffixes.indexOf(suffix as (typeof binarySuffixes)[number])

/**
 * A quantity in its canonical form, as the API server writes it: no digit lost, no fraction, the largest suffix that allows it.
 * Kubernetes API reference, "Quantity".
 * @param text    such as `0.5`, `1024Mi` or `1e3`
 * @param coarsest  the power of ten below which a value is rounded up: -3 for amounts of resources
 * @returns       undefined when the text is no quantity
 */
export function canonicalQuantity(text: string, coarsest = finest): string | undefined {
  const [, sign = '', digits = '', suffix = ''] = form.exec(text) ?? []
  if (digits === '') return undefined
  const isBinary = suffix.endsWith('i')
  const isExponent = /^[eE][+-]?\d/.test(suffix)
  const exponent = isBinary
    ? 0
    : isExponent
      ? Number(suffix.slice(1))
      : (decimalSuffixes.find(([known]) => known === suffix) as readonly [string, number])[1]
  const value = inBillionths(digits, exponent) * (isBinary ? 1024n ** BigInt(binaryPower(suffix)) : 1n)
  const billionths = value > most ? most : roundedUp(value, 10n ** BigInt(coarsest - finest))
  if (billionths === 0n) return '0'
  const minus = sign === '-' ? '-' : ''
  // Below 1024 there is no binary suffix to write.
  if (isBinary && billionths >= 1024n * unit) return minus + binary(roundedUp(billionths, unit) / unit)
  return minus + decimal(billionths, isExponent)
}

/** A number that needs more digits before its point is beyond the most, whatever its digits are. */
const mostWholeDigits = 20

function inBillionths(digits: string, exponent: number): bigint {
  const [zeros = '', fraction = ''] = digits.split('.')
  const whole = zeros.replace(/^0+/, '')
  // Before it is read: reading a million digits takes seconds.
  if (whole !== '' && whole.length + exponent > mostWholeDigits) return most
  const kept = Math.max(0, exponent - finest)
  const read = BigInt(whole + fraction.slice(0, kept).padEnd(kept, '0') || '0')
  const divisor = 10n ** BigInt(Math.max(0, finest - exponent))
  const isExact = read % divisor === 0n && !/[1-9]/.test(fraction.slice(kept))
  return read / divisor + (isExact ? 0n : 1n)
}

const roundedUp = (value: bigint, step: bigint) => (value % step === 0n ? value : (value / step + 1n) * step)

function binary(whole: bigint): string {
  const suffix = binarySuffixes.find(candidate => whole % 1024n ** BigInt(binaryPower(candidate)) === 0n)
  return suffix === undefined ? String(whole) : `${whole / 1024n ** BigInt(binaryPower(suffix))}${suffix}`
}

function decimal(billionths: bigint, asExponent: boolean): string {
  const [suffix, exponent] = decimalSuffixes.find(([, power]) => billionths % 10n ** BigInt(power - finest) === 0n) as readonly [
    string,
    number,
  ]
  const value = billionths / 10n ** BigInt(exponent - finest)
  return `${value}${asExponent && exponent !== 0 ? `e${exponent}` : suffix}`
}
