import { hash } from 'node:crypto'

/** SHA-256 in lower-case hexadecimal. */
export const sha256Hex = (data: Uint8Array | string): string => hash('sha256', data, 'hex')

export const emptyPayloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
