import type { Json } from '../../types/json.ts'
import type { Cause } from './status.ts'

/** Causes of refusals in the words of the API server. apimachinery, pkg/util/validation/field. */
export const required = (field: string, message: string): Cause => ({
  reason: 'FieldValueRequired',
  field,
  message: `Required value${message ? `: ${message}` : ''}`,
})

export const wrongValue = (field: string, value: Json, message: string): Cause => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
})

export const wrong = (field: string, value: string, message: string): Cause => wrongValue(field, value, message)

export const unsupported = (field: string, value: string, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map(item => JSON.stringify(item)).join(', ')}`,
})

export const forbiddenField = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  field,
  message: `Forbidden: ${why}`,
})

export const duplicate = (field: string, value: string): Cause => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${JSON.stringify(value)}`,
})
