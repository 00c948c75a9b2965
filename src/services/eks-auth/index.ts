import { operationsOf } from '../operation.ts'
import * as assumeRoleForPodIdentity from './assume-role-for-pod-identity.ts'

/** The operations of EKS Auth that are served: all. */
export const operations = operationsOf(assumeRoleForPodIdentity)
