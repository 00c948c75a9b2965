import type { ServiceModel, Shape } from './model.ts'

/** An error that the client is meant to see: a value of a service's model, or one of AWS's common errors. */
export class ServiceError extends Error {
  /** The wire code that scripts match on, such as `NoSuchEntity`. */
  readonly code: string
  readonly status: number
  /** Members of the modeled error beside the message. */
  readonly fields: { readonly [name: string]: unknown } | undefined

  constructor(code: string, status: number, message: string, fields?: { readonly [name: string]: unknown }) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
    this.fields = fields
  }

  /** Whose fault: AWS's `Sender` or `Receiver`. */
  get sender(): boolean {
    return this.status < 500
  }
}

/**
 * Errors that every service may answer, with the status that AWS documents.
 * IAM API Reference, "Common Errors"; STS and EKS name the same ones.
 */
export const commonErrors = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  ExpiredToken: 400,
  MalformedQueryString: 404,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  OptInRequired: 403,
  RequestExpired: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  ThrottlingException: 400,
  UnrecognizedClientException: 403,
  ValidationError: 400,
} as const

export type CommonCode = keyof typeof commonErrors

/** Error classes by wire code: `new iam.NoSuchEntity('The user with name x cannot be found.')`. */
export type ErrorClasses<Code extends string> = {
  readonly [Name in Code | CommonCode]: new (
    message: string,
    fields?: { readonly [name: string]: unknown },
  ) => ServiceError
}

/** Makes the error classes of a model, with the statuses that the model says. */
export function errorClasses<Code extends string>(model: ServiceModel): ErrorClasses<Code> {
  const statuses: { [code: string]: number } = { ...commonErrors }
  for (const shape of Object.values(model.shapes))
    if (shape.type === 'structure' && shape.error) statuses[shape.error.code] = shape.error.status
  const classes = Object.entries(statuses).map(([code, status]) => [
    code,
    class extends ServiceError {
      constructor(message: string, fields?: { readonly [name: string]: unknown }) {
        super(code, status, message, fields)
      }
    },
  ])
  return Object.fromEntries(classes) as ErrorClasses<Code>
}

const errorShapes = new WeakMap<ServiceModel, ReadonlyMap<string, string>>()

/** What a model calls an error, by its code: `NoSuchEntityException` where clients of the query protocol get `NoSuchEntity`. @returns undefined for a code that is not the model's */
export function errorShapeName(model: ServiceModel, code: string): string | undefined {
  const known = errorShapes.get(model) ?? new Map(Object.entries(model.shapes).flatMap(codeAndName))
  errorShapes.set(model, known)
  return known.get(code)
}

const codeAndName = ([name, shape]: [string, Shape]): [string, string][] =>
  shape.type === 'structure' && shape.error ? [[shape.error.code, name]] : []
