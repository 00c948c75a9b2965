import type { ServiceModel } from '../../wire/model.ts'
import { type ErrorCode, model, type Operations } from '../../wire/models/cloudtrail.ts'
import { defineService } from '../operation.ts'

/**
 * Constraints that CloudTrail answers with exceptions of the operations' own, such as InvalidMaxResultsException: the model's
 * check would answer first, with a ValidationException that no client looks for.
 */
const answeredByOperation: ServiceModel['shapes'] = {
  MaxResults: { type: 'integer' },
  EventCategory: { type: 'string' },
  LookupAttributeKey: { type: 'string' },
  LookupAttributeValue: { type: 'string' },
  ReadWriteType: { type: 'string' },
  InsightType: { type: 'string' },
}

/** AWS CloudTrail. CloudTrail API Reference. */
export const cloudtrail = defineService<Operations, ErrorCode>({
  name: 'cloudtrail',
  model: { ...model, shapes: { ...model.shapes, ...answeredByOperation } },
  actionPrefix: 'cloudtrail',
  eventSource: 'cloudtrail.amazonaws.com',
  inGlobalRegion: true,
  accessDenied: { code: 'AccessDeniedException', status: 400 },
})
