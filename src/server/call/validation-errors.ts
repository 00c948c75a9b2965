import type { Service } from '../../services/operation.ts'
import { ServiceError } from '../../wire/errors.ts'

/** The code with which each service refuses an input that breaks its model's constraints, where it is not ValidationError. */
const codes: { readonly [service: string]: string } = {
  eks: 'InvalidParameterException',
  'eks-auth': 'InvalidParameterException',
  'access-analyzer': 'ValidationException',
  cloudtrail: 'ValidationException',
  'cloudtrail-data': 'ValidationException',
  organizations: 'InvalidInputException',
  ec2: 'InvalidParameterValue',
}

/** @param problem  what does not hold, in AWS's words */
export function validationError(service: Service, problem: string): ServiceError {
  const missing = service.name === 'ec2' ? /Value null at '([^']+)'/.exec(problem)?.[1] : undefined
  // EC2 API Reference, "Error codes": MissingParameter.
  if (missing !== undefined) return new ServiceError('MissingParameter', 400, `The request must contain the parameter ${missing}`)
  return new ServiceError(codes[service.name] ?? 'ValidationError', 400, problem)
}
