import type { RunInstancesRequest } from '../../wire/models/ec2.ts'
import { ec2Error, missingParameter } from './errors.ts'
import { checkHopLimit } from './metadata-options.ts'

/** "Default: m1.small". EC2 API Reference, "RunInstances", InstanceType. */
export const defaultType = 'm1.small'

/** Bytes of user data before it is encoded. EC2 User Guide, "Run commands when you launch an EC2 instance with user data input". */
const longestUserData = 16_384
/** Instances of one launch: a bound of ours on the work of a call. */
const mostAtOnce = 100

/** Members whose effect a record cannot have, and whose absence would not be noticed. */
const notServed = [
  'LaunchTemplate',
  'NetworkInterfaces',
  'InstanceMarketOptions',
  'Ipv6Addresses',
  'Ipv6AddressCount',
  'SecondaryInterfaces',
] as const

/** What can be said of a launch without looking. @throws ServiceError of EC2 */
export function checkLaunch(input: RunInstancesRequest): void {
  const unserved = notServed.find(name => input[name] !== undefined)
  if (unserved !== undefined) throw ec2Error('UnsupportedOperation', `Gatehouse does not serve ${unserved} of RunInstances.`)
  checkCounts(input)
  checkImage(input.ImageId)
  if (input.ClientToken !== undefined && !/^[\x20-\x7e]{0,64}$/.test(input.ClientToken))
    throw ec2Error('InvalidParameterValue', 'The client token has at most 64 ASCII characters')
  checkAddress(input)
  checkUserData(input.UserData)
  checkHopLimit(input.MetadataOptions?.HttpPutResponseHopLimit)
}

function checkCounts({ MinCount, MaxCount }: RunInstancesRequest): void {
  if (MinCount < 1)
    throw ec2Error('InvalidParameterValue', `Value (${MinCount}) for parameter minCount is invalid. Expecting a positive number.`)
  if (MaxCount < MinCount) throw ec2Error('InvalidParameterCombination', 'minCount may not exceed maxCount')
  if (MinCount > mostAtOnce)
    throw ec2Error(
      'InstanceLimitExceeded',
      `You have requested more instances (${MinCount}) than your current instance limit of ${mostAtOnce} allows.`,
    )
}

function checkImage(imageId: string | undefined): void {
  if (imageId === undefined) throw missingParameter('ImageId')
  if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(imageId))
    throw ec2Error('InvalidAMIID.Malformed', `Invalid id: "${imageId.slice(0, 255)}" (expecting "ami-...")`)
}

function checkAddress({ PrivateIpAddress: address, MaxCount }: RunInstancesRequest): void {
  if (address === undefined) return
  if (!/^(\d{1,3})(\.\d{1,3}){3}$/.test(address) || address.split('.').some(part => Number(part) > 255))
    throw ec2Error('InvalidParameterValue', `Value (${address.slice(0, 255)}) for parameter address is invalid. Invalid IPv4 address`)
  if (MaxCount > 1) throw ec2Error('InvalidParameterCombination', 'A private address can be given to one instance alone')
}

function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(userData)) throw ec2Error('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.')
  if (Buffer.from(userData, 'base64').length > longestUserData)
    throw ec2Error('InvalidParameterValue', `User data is limited to ${longestUserData} bytes`)
}
