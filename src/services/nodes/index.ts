import { operationsOf } from '../operation.ts'
import * as deliverRoleCredentials from './deliver-role-credentials.ts'
import * as getInstanceMetadata from './get-instance-metadata.ts'

export const operations = operationsOf(deliverRoleCredentials, getInstanceMetadata)
