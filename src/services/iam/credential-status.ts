import { iam } from './service.ts'

/**
 * The status that a credential can be given. The model's third, Expired, is what IAM tells of credentials whose time is over; nobody sets it.
 * @throws InvalidInput
 */
export function settableStatus(status: string): 'Active' | 'Inactive' {
  if (status === 'Active' || status === 'Inactive') return status
  throw new iam.InvalidInput(`The status ${status} cannot be set; set Active or Inactive.`)
}
