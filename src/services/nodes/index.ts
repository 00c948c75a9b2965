import { operationsOf } from '../operation.ts'
import * as deliverRoleCredentials from './deliver-role-credentials.ts'

export const operations = operationsOf(deliverRoleCredentials)
