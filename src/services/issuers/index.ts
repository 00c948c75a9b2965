import { operationsOf } from '../operation.ts'
import * as issuerThumbprint from './issuer-thumbprint.ts'
import * as rotateIssuerKey from './rotate-issuer-key.ts'

export const operations = operationsOf(issuerThumbprint, rotateIssuerKey)
