import { operationsOf } from '../operation.ts'
import * as issueServerCertificate from './issue-server-certificate.ts'

export const operations = operationsOf(issueServerCertificate)
