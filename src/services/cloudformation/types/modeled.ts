import type { Json } from '../../../types/json.ts'
import type { ServiceModel } from '../../../wire/model.ts'
import { model as accessAnalyzer } from '../../../wire/models/access-analyzer.ts'
import { model as cloudformation } from '../../../wire/models/cloudformation.ts'
import { model as cloudtrail } from '../../../wire/models/cloudtrail.ts'
import { model as eks } from '../../../wire/models/eks.ts'
import { model as iam } from '../../../wire/models/iam.ts'
import { model as s3 } from '../../../wire/models/s3.ts'

/** Models of the services that resources live in, by signing name. */
const models: { readonly [service: string]: ServiceModel } = { 'access-analyzer': accessAnalyzer, cloudformation, cloudtrail, eks, iam, s3 }

/** Numbers and truth are written either way in templates: `"true"` or `true`, `"3600"` or `3600`. Services get them as their models say. */
export function modeledInput(service: string, operation: string, input: object): { readonly [member: string]: unknown } {
  const model = models[service] as ServiceModel
  return asModeled(model, model.operations[operation]?.input, input as Json) as { readonly [member: string]: unknown }
}

function asModeled(model: ServiceModel, name: string | undefined, value: Json | undefined): unknown {
  const shape = model.shapes[name ?? '']
  if (shape === undefined || value === undefined || value === null) return value ?? undefined
  switch (shape.type) {
    case 'structure':
      if (typeof value !== 'object' || Array.isArray(value)) return value
      return Object.fromEntries(
        Object.entries(value).flatMap(([member, each]) => {
          const known = Object.hasOwn(shape.members, member) ? shape.members[member]?.shape : undefined
          const modeled = asModeled(model, known, each)
          return modeled === undefined ? [] : [[member, modeled]]
        }),
      )
    case 'list':
      return (Array.isArray(value) ? value : [value]).map(each => asModeled(model, shape.member.shape, each))
    case 'map':
      if (typeof value !== 'object' || Array.isArray(value)) return value
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asModeled(model, shape.value.shape, each)]))
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value
    case 'string':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    default:
      return value
  }
}
