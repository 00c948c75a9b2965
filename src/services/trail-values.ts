import type { Json, JsonObject } from '../types/json.ts'
import type { ServiceModel, Shape } from '../wire/model.ts'

/**
 * A call's input or output as CloudTrail writes it: member names begin in lower case, sensitive members are left out,
 * times are text for the Query services, epoch milliseconds for EC2 and epoch seconds for the others.
 * CloudTrail User Guide, "CloudTrail record contents", requestParameters and responseElements; IAM User Guide, "Logging IAM and AWS STS API calls".
 */
export function trailValue(model: ServiceModel, shapeName: string | undefined, value: unknown): JsonObject | null {
  if (shapeName === undefined || value === undefined || value === null) return null
  const result = convert(model, shapeName, value) as JsonObject
  return Object.keys(result).length === 0 ? null : result
}

/** Left out although the model does not call them sensitive: whoever holds one can act. */
const secretMembers = new Set([
  'SessionToken',
  'sessionToken',
  'SecretAccessKey',
  'secretAccessKey',
  'WebIdentityToken',
  'SAMLAssertion',
  'token',
  'TokenCode',
  'AuthenticationCode1',
  'AuthenticationCode2',
  'ContextAssertion',
])

function convert(model: ServiceModel, shapeName: string, value: unknown): Json {
  const shape = model.shapes[shapeName] as Shape
  switch (shape.type) {
    case 'structure': {
      const result: JsonObject = {}
      const source = value as { readonly [name: string]: unknown }
      for (const [name, member] of Object.entries(shape.members)) {
        const item = source[name]
        if (item === undefined || item === null || secretMembers.has(name) || member.streaming || model.shapes[member.shape]?.sensitive)
          continue
        // Empty elements of EC2's XML are not on record.
        if (model.protocol === 'ec2' && item === '') continue
        result[trailName(model, name, member.name)] = convert(model, member.shape, item)
      }
      return result
    }
    case 'list': {
      const items = (value as readonly unknown[]).map(item => convert(model, shape.member.shape, item))
      if (model.protocol !== 'ec2') return items
      return items.length === 0 ? {} : { items }
    }
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, convert(model, shape.value.shape, item)]))
    case 'timestamp':
      if (model.protocol === 'ec2') return (value as Date).getTime()
      return model.protocol === 'query' ? trailTime(value as Date) : (value as Date).getTime() / 1000
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return value as Json
  }
}

/** EC2's records have the names of its wire, `instancesSet`, and lists in `items`. EC2 User Guide, "Log Amazon EC2 API calls using AWS CloudTrail". */
function trailName({ protocol }: ServiceModel, name: string, wireName: string | undefined): string {
  const shown = protocol === 'ec2' && wireName !== undefined ? wireName : name
  return shown.charAt(0).toLowerCase() + shown.slice(1)
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number) => String(number).padStart(2, '0')

/** Such as `Nov 24, 2026, 3:01:12 PM`, in UTC. */
export function trailTime(date: Date): string {
  const hour = date.getUTCHours()
  const clock = `${hour % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hour < 12 ? 'AM' : 'PM'}`
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${clock}`
}
