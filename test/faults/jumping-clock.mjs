// Loaded into Gatehouse before anything else: its clock is off by as many milliseconds as the file that CLOCK_OFFSET_FILE names says.
import { readFileSync, statSync } from 'node:fs'

const file = process.env.CLOCK_OFFSET_FILE
const real = Date.now
let offset = 0
let read = 0
const offsetNow = () => {
  if (real() - read > 20) {
    read = real()
    if (statSync(file, { throwIfNoEntry: false })) offset = Number(readFileSync(file, 'utf8')) || 0
  }
  return offset
}
const now = () => real() + offsetNow()
globalThis.Date = class extends Date {
  constructor(...words) {
    super(...(words.length === 0 ? [now()] : words))
  }
  static now() {
    return now()
  }
}
