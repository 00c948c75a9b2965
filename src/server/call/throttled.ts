import { ServiceError } from '../../wire/errors.ts'
import type { ProtocolName, ServiceModel } from '../../wire/model.ts'
import type { WireResponse } from '../../wire/message.ts'

/** A call that is not answered now; its sender may ask again. Few leave a record, as a flood of refusals would fill the disk. */
export class Throttled extends ServiceError {
  readonly onRecord: boolean

  constructor({ code, status, message }: Words, onRecord: boolean) {
    super(code, status, message)
    this.onRecord = onRecord
  }
}

interface Words {
  readonly code: string
  readonly status: number
  readonly message: string
}

const rateExceeded = 'Rate exceeded'

/**
 * Each protocol's error, for services that model none.
 * Query: IAM API Reference, "Common Error Types"; EC2 API Reference, "Error codes"; Amazon S3 API Reference, "Error responses". All are among those that SDKs retry.
 */
const words: { readonly [Protocol in ProtocolName]: Words } = {
  query: { code: 'Throttling', status: 400, message: rateExceeded },
  ec2: { code: 'RequestLimitExceeded', status: 503, message: 'Request limit exceeded.' },
  json: { code: 'ThrottlingException', status: 400, message: rateExceeded },
  'rest-json': { code: 'ThrottlingException', status: 429, message: rateExceeded },
  'rest-xml': { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' },
}

const modeledCodes: ReadonlySet<string> = new Set(['ThrottlingException', 'TooManyRequestsException'])

/** A service's own throttling error, else its protocol's. */
export const throttled = (model: Pick<ServiceModel, 'protocol' | 'shapes'>, onRecord = false): Throttled =>
  new Throttled(modeled(model) ?? words[model.protocol], onRecord)

function modeled({ shapes }: Pick<ServiceModel, 'shapes'>): Words | undefined {
  for (const shape of Object.values(shapes))
    if (shape.type === 'structure' && shape.error && modeledCodes.has(shape.error.code)) return { ...shape.error, message: rateExceeded }
  return undefined
}

/** After how long to ask again, for clients that read it; SDKs back off by themselves. RFC 9110, section 10.2.3. */
export const askAgain = (response: WireResponse): WireResponse => ({ ...response, headers: { ...response.headers, 'retry-after': '1' } })
