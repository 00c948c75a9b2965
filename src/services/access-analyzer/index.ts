import { operationsOf } from '../operation.ts'
import * as policyChecks from './policy-checks.ts'
import * as policyValidation from './policy-validation.ts'

/** The operations of Access Analyzer that are served. */
export const operations = operationsOf(policyValidation, policyChecks)
