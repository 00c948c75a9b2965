import type { Service } from '../services/operation.ts'
import { ServiceError } from '../wire/errors.ts'

/** The code with which each service refuses an input that breaks its model's constraints, where it is not ValidationError. */
const codes: { readonly [service: string]: string } = {
  eks: 'InvalidParameterException',
  'eks-auth': 'InvalidParameterException',
  'access-analyzer': 'ValidationException',
  cloudtrail: 'ValidationException',
  organizations: 'InvalidInputException',
}

/** @param problem  what does not hold, in AWS's words */
export const validationError = (service: Service, problem: string): ServiceError =>
  new ServiceError(codes[service.name] ?? 'ValidationError', 400, problem)
