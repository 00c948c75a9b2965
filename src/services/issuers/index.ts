import { operationsOf } from '../operation.ts'
import * as rotateIssuerKey from './rotate-issuer-key.ts'

export const operations = operationsOf(rotateIssuerKey)
