import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { qrMatrix } from '../../../src/services/iam/qr-matrix.ts'

const seed = 'ETDFVYREMBPYBSRE7ZAPJLUJ5JJWID22YLRFM2WJV5CIK6ABLUIF7G4COTXGH7G3'

// These very patterns were read by two readers, OpenCV's and ZXing's, as the text that they are of: names of all lengths that a device may have, and longer.
test.each([
  [1, 5, 'bd160487b7893b1ddd785126c9acaac7c9b1299ade2978f3d07b363f4522a463'],
  [30, 6, '46a685e6120074d4af3303040038831a120a80a902b70b1703efc9afbe619884'],
  [64, 8, '082fcacc2a17f34abface075776c546c420c8f0cc077fdc89eb1d451e7ccc30c'],
  [128, 9, '6ecc7b91decabbb62b46b424144aa880b152cc6882d668f8b1b6bee8751023e3'],
  [226, 12, '570757db63f90e4196b8f24f53bea242eb1fc267162f6d9dab85e702c65f6ccd'],
  [500, 17, '3ba032447e331d2dcc119f26abfa9391c0fe53df865da9cb7a02db3a0a0cf514'],
  [700, 20, 'c20da8bbc06f18cba63260fb1b1376ab726e47e7b968b0e0c0bdbfcb92e346e4'],
])('the code of a device whose name has %i letters is the one of version %i that readers read', (letters, version, digest) => {
  const text = `otpauth://totp/${'Phone'.repeat(200).slice(0, letters)}@123456789012?secret=${seed}`
  const rows = qrMatrix(Buffer.from(text)).map(row => row.map(Number).join(''))
  expect(rows.length).toBe(17 + 4 * version)
  expect(createHash('sha256').update(rows.join('\n')).digest('hex')).toBe(digest)
})
