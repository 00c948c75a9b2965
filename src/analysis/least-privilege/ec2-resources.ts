import type { ResourceTypeFacts } from '../../catalogue/facts/authorization-facts.ts'
import { type CallRecord, textAt, textsIn } from './record.ts'

/** The member by which EC2's records name what is of a type. */
const idMembers: { readonly [type: string]: string | undefined } = {
  image: 'imageId',
  instance: 'instanceId',
  'key-pair': 'keyName',
  'launch-template': 'launchTemplateId',
  'network-interface': 'networkInterfaceId',
  'security-group': 'groupId',
  subnet: 'subnetId',
  volume: 'volumeId',
  vpc: 'vpcId',
}

/** What a launch makes: its id is not known before, so that the permission is for any. */
const launched: ReadonlySet<string> = new Set(['instance', 'network-interface', 'volume'])

/**
 * The resources of a call of EC2, whose records have ids in lists rather than ARNs.
 * @param types     those that the action may have
 * @param required  keys of those that it always has
 * @returns         undefined when the record does not show one that it has. Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"
 */
export function ec2Resources(
  action: string,
  record: CallRecord,
  types: readonly ResourceTypeFacts[],
  required: ReadonlySet<string>,
): readonly string[] | undefined {
  const isLaunch = textAt(record, 'eventName') === 'RunInstances'
  if (isLaunch && action === 'ec2:CreateTags') return taggedAtLaunch(record, types)
  const found: string[] = []
  for (const type of types) {
    const ids = isLaunch && launched.has(type.key) ? ['*'] : idsOf(record, idMembers[type.key], isLaunch)
    if (ids.length === 0 && required.has(type.key)) return undefined
    // A launch needs its volumes too, although the reference does not mark them; what it may have beside is told by its request or not at all.
    const isNeeded = required.has(type.key) || !isLaunch || launched.has(type.key) || type.key === 'key-pair'
    if (isNeeded) found.push(...ids.map(id => filled(type.arn, id, record)))
  }
  return found.length > 0 ? [...new Set(found)] : undefined
}

/** What a launch tags is made by it. */
function taggedAtLaunch(record: CallRecord, types: readonly ResourceTypeFacts[]): readonly string[] {
  const tagged = new Set([...textsIn(record['requestParameters'])].filter(({ name }) => name === 'resourceType').map(({ text }) => text))
  return types.filter(({ key }) => tagged.has(key)).map(({ arn }) => filled(arn, '*', record))
}

/** Ids in the request; of a launch, which need not choose its network, also those in the answer. */
function idsOf(record: CallRecord, member: string | undefined, isLaunch: boolean): readonly string[] {
  const within = (part: 'requestParameters' | 'responseElements') =>
    [...textsIn(record[part])].filter(({ name }) => name === member).map(({ text }) => text)
  const asked = within('requestParameters')
  return asked.length > 0 || !isLaunch ? asked : within('responseElements')
}

const filled = (format: string, id: string, record: CallRecord): string =>
  format
    .replace('${Partition}', 'aws')
    .replace('${Region}', textAt(record, 'awsRegion') ?? '*')
    .replace('${Account}', textAt(record, 'recipientAccountId') ?? '*')
    .replace(/\$\{\w+\}/, () => id)
