import { qrMatrix } from './qr-matrix.ts'
import { pngOf } from './png.ts'

/** Pixels of one module, and modules of the quiet zone around. ISO/IEC 18004, "Quiet zone": at least four. */
const moduleSize = 4
const quietZone = 4

/** A QR code as PNG, for apps that scan it. @param text  at most 858 bytes */
export function qrCodePng(text: string): Uint8Array {
  const matrix = qrMatrix(Buffer.from(text))
  const size = (matrix.length + 2 * quietZone) * moduleSize
  const dark = (x: number, y: number) => matrix[Math.floor(y / moduleSize) - quietZone]?.[Math.floor(x / moduleSize) - quietZone] === true
  return pngOf(size, dark)
}
