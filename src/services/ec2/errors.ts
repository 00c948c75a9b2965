import { ServiceError } from '../../wire/errors.ts'

/** EC2's model names no errors. Codes and statuses: EC2 API Reference, "Error codes for the Amazon EC2 API". */
const statuses = {
  DryRunOperation: 412,
  FilterLimitExceeded: 400,
  IdempotentParameterMismatch: 400,
  IncorrectInstanceState: 400,
  IncorrectState: 400,
  InstanceLimitExceeded: 400,
  InsufficientFreeAddressesInSubnet: 400,
  'InvalidAMIID.Malformed': 400,
  'InvalidGroup.NotFound': 400,
  InvalidID: 400,
  'InvalidInstanceID.Malformed': 400,
  'InvalidInstanceID.NotFound': 400,
  'InvalidIPAddress.InUse': 400,
  InvalidNextToken: 400,
  InvalidParameterCombination: 400,
  InvalidParameterValue: 400,
  'InvalidSubnetID.NotFound': 400,
  'InvalidUserData.Malformed': 400,
  'InvalidVpcID.NotFound': 400,
  InvalidZone: 400,
  MissingParameter: 400,
  TagLimitExceeded: 400,
  UnsupportedOperation: 400,
} as const

/** An error of EC2, to be thrown. */
export const ec2Error = (code: keyof typeof statuses, message: string): ServiceError => new ServiceError(code, statuses[code], message)

export const missingParameter = (name: string): ServiceError =>
  ec2Error('MissingParameter', `The request must contain the parameter ${name}`)
