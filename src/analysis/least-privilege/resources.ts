import { type ResourceTypeFacts, serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import { passedRole } from './actions.ts'
import { ec2Resources } from './ec2-resources.ts'
import { type CallRecord, parametersOf, textAt, textsIn } from './record.ts'

/** Finds the ARN of what a name stands for, whose path the record does not tell: `user`, `role`, `group`, `policy` or `instance-profile`. */
export type ArnOfName = (type: string, name: string) => string | undefined

/**
 * The resources that a call used with an action, as ARNs; parts that the record does not tell are `*`.
 * @returns undefined when the action has no resources, or the record shows none
 */
export function resourcesOf(action: string, record: CallRecord, arnOfName: ArnOfName): readonly string[] | undefined {
  const [prefix = '', name = ''] = action.split(':')
  const service = serviceFacts(prefix)
  const marked = service?.actions.get(name.toLowerCase())?.resourceTypes ?? []
  const wanted = marked.map(type => type.replace(/\*$/, ''))
  const types = (service?.resourceTypes ?? []).filter(({ key }) => wanted.includes(key))
  if (types.length === 0) return undefined
  if (prefix === 'ec2')
    return ec2Resources(action, record, types, new Set(marked.filter(type => type.endsWith('*')).map(type => type.slice(0, -1))))
  if (action === 'iam:PassRole') return passed(record, types, arnOfName)
  const arns = arnsIn(record)
  const found = types.flatMap(type => arns.filter(arn => arnPattern(type.arn).test(arn)))
  if (found.length > 0) return [...new Set(found)]
  const filled = types.map(type => filledArn(type, record, arnOfName)).filter(arn => arn !== undefined)
  // Of an object and its bucket the object is meant: the ARN that more of the record went into.
  const most = Math.max(...filled.map(({ known }) => known))
  const best = filled.filter(({ known }) => known === most).map(({ arn }) => arn)
  return best.length > 0 ? [...new Set(best)] : undefined
}

/** A finder that also knows the ARNs that the records themselves tell: of a user, for example, that was made and is gone. */
export function toldBy(records: Iterable<CallRecord>, arnOfName: ArnOfName): ArnOfName {
  const told = new Map<string, string>()
  for (const record of records) {
    for (const arn of arnsIn(record)) {
      const [, kind, name] = /^arn:[^:]*:iam::\d*:([a-z-]+)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
      if (kind !== undefined && name !== undefined) told.set(`${kind}/${name.toLowerCase()}`, arn)
    }
  }
  return (type, name) => arnOfName(type, name) ?? told.get(`${type}/${name.slice(name.lastIndexOf('/') + 1).toLowerCase()}`)
}

/** ARNs that a record names: its resources, what the call was given, and what it made. */
function arnsIn(record: CallRecord): string[] {
  const made = record['readOnly'] === true ? undefined : record['responseElements']
  const given = [...textsIn(record['resources']), ...textsIn(record['requestParameters'])]
  const isArn = ({ text }: { readonly text: string }) => text.startsWith('arn:') && text.length < 2048 && !/\s/.test(text)
  const arnsMade = [...textsIn(made)].filter(isArn).map(({ text }) => literally(text))
  const isCreation = textAt(record, 'eventName')?.startsWith('Create') === true
  return [...given.filter(isArn).map(({ text }) => literally(text)), ...(isCreation ? arnsMade.map(beforeItWasMade) : arnsMade)]
}

/** An id that the answer gives is not known when a call is allowed: who may make this one may make another of its name. */
const beforeItWasMade = (arn: string): string => arn.replace(/(?<=\/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '*')

/** A text as a policy means it literally. IAM User Guide, "IAM policy elements: Variables and tags", special characters. */
const literally = (text: string): string => text.replace(/[*?$]/g, character => `\${${character}}`)

/** A resource of a policy as a request would name it: parts that may be anything are something. */
export const asRequested = (resource: string): string =>
  resource === '*' ? resource : resource.replace(/\$\{([*?$])\}|\*/g, (_whole, character: string | undefined) => character ?? 'any')

const patterns = new Map<string, RegExp>()

/** What an ARN of a type looks like. */
function arnPattern(format: string): RegExp {
  const known = patterns.get(format)
  if (known) return known
  const parts = format.split(/(\$\{\w+\})/)
  const source = parts.map(part => {
    if (!part.startsWith('${')) return part.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
    // Names with a path, and keys of objects, have slashes in them.
    return /WithPath|ObjectName/.test(part) ? '.+' : '[^/:]*'
  })
  const pattern = new RegExp(`^${source.join('')}$`)
  patterns.set(format, pattern)
  return pattern
}

/** Where a record has what a part of an ARN is called in the reference, when not under that name. */
const members: { readonly [part: string]: readonly string[] } = {
  objectname: ['key'],
  clustername: ['clusterName', 'name'],
  trailname: ['name', 'trailName'],
  eventdatastoreid: ['eventDataStore'],
  channelid: ['channel'],
  dashboardname: ['name', 'dashboardId'],
  oidcprovidername: ['url'],
  samlprovidername: ['name'],
  certificatename: ['serverCertificateName'],
  mfatokenid: ['virtualMFADeviceName'],
  uuid: ['associationId'],
  organizationalunitid: ['organizationalUnitId', 'targetId', 'parentId'],
  accountid: ['accountId', 'targetId'],
  rootid: ['rootId', 'targetId', 'parentId'],
}

function filledArn({ arn, key }: ResourceTypeFacts, record: CallRecord, arnOfName: ArnOfName): { arn: string; known: number } | undefined {
  let known = 0
  const filled = arn.replace(/([a-z]{1,3}-)?\$\{(\w+)\}/g, (_whole, mark: string | undefined, part: string) => {
    const before = mark ?? ''
    const ours = place(part, record)
    if (ours !== undefined) return before + ours
    const value = partOf(part, record)
    // Ids have a mark of their kind, which the format has too: another kind's id is not meant.
    if (value === undefined || (before !== '' && value.includes('-') && !value.startsWith(before))) return `${before}*`
    known++
    return before + literally(value.startsWith(before) ? value.slice(before.length) : value)
  })
  if (known === 0) return undefined
  const [, name] = /^arn:[^:]*:iam::[^:]*:[a-z-]+\/(.+)$/.exec(filled) ?? []
  return { arn: (name !== undefined && arnOfName(key, name)) || filled, known }
}

/** Partition, region and account are those of the record. */
function place(part: string, record: CallRecord): string | undefined {
  if (part === 'Partition') return 'aws'
  if (part === 'Region') return textAt(record, 'awsRegion')
  return part === 'Account' ? textAt(record, 'recipientAccountId') : undefined
}

function partOf(part: string, record: CallRecord): string | undefined {
  const name = part.replace(/WithPath$/, '').toLowerCase()
  const parameters = parametersOf(record)
  const texts = Object.entries(parameters).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '')
  const value = (member: string) => texts.find(([key]) => key.toLowerCase() === member.toLowerCase())?.[1]
  const identity = identityPart(name, value('principalArn'))
  if (identity !== undefined) return identity
  const found = [name, ...(members[name] ?? [])].map(value).find(text => text !== undefined)
  if (found === undefined && name === 'username' && textAt(record, 'userIdentity', 'type') === 'IAMUser') return ownName(record)
  return found !== undefined && name === 'oidcprovidername' ? found.replace(/^https:\/\//, '') : lastOfArn(found)
}

/** Access entries are named after whom they are for. Service Authorization Reference, "Resource types defined by Amazon EKS", access-entry. */
function identityPart(name: string, principalArn: string | undefined): string | undefined {
  const [, account, type, identity] = /^arn:[^:]*:iam::(\d{12}):(role|user)\/(?:.*\/)?([^/]+)$/.exec(principalArn ?? '') ?? []
  return { iamidentitytype: type, iamidentityaccountid: account, iamidentityname: identity }[name]
}

const lastOfArn = (text: string | undefined) => (text?.startsWith('arn:') ? text.slice(text.lastIndexOf('/') + 1) : text)

/** Who names nobody means himself, as in GetUser; his path is in his ARN. */
const ownName = (record: CallRecord): string | undefined => /:user\/(.+)$/.exec(textAt(record, 'userIdentity', 'arn') ?? '')?.[1]

function passed(record: CallRecord, [type]: readonly ResourceTypeFacts[], arnOfName: ArnOfName): readonly string[] | undefined {
  const [source = ''] = (textAt(record, 'eventSource') ?? '').split('.')
  const role = passedRole(`${source}:${textAt(record, 'eventName')}`, record)?.role
  if (role === undefined) return undefined
  if (role.startsWith('arn:')) return [role]
  const filled = type && filledArn(type, { ...record, requestParameters: { roleName: role } }, arnOfName)
  return filled && [filled.arn]
}

/** The formats of an action's resources, as policies have them for who fills them in: `arn:aws:s3:::${BucketName}`. */
export function placeholdersOf(action: string): readonly string[] | undefined {
  const [prefix = '', name = ''] = action.split(':')
  const service = serviceFacts(prefix)
  const wanted = service?.actions.get(name.toLowerCase())?.resourceTypes.map(type => type.replace(/\*$/, '')) ?? []
  const formats = (service?.resourceTypes ?? [])
    .filter(({ key }) => wanted.includes(key))
    .map(({ arn }) => arn.replaceAll('${Partition}', 'aws'))
  return formats.length > 0 ? formats : undefined
}
