import { isIP } from 'node:net'
import { parseArn } from '../../types/arn.ts'
import { cloudtrail } from './service.ts'

/** Service Authorization Reference, "Resource types defined by AWS CloudTrail". */
export const trailArn = (region: string, account: string, name: string): string => `arn:aws:cloudtrail:${region}:${account}:trail/${name}`

const nameRules: readonly { readonly breaks: (name: string) => boolean; readonly message: string }[] = [
  { breaks: name => name.length < 3 || name.length > 128, message: 'Trail name must have 3 to 128 characters.' },
  {
    breaks: name => /[^A-Za-z0-9._-]/.test(name),
    message: 'Trail name can only contain letters, numbers, periods, underscores and dashes.',
  },
  { breaks: name => /^[^A-Za-z0-9]|[^A-Za-z0-9]$/.test(name), message: 'Trail name must begin and end with a letter or number.' },
  { breaks: name => /[._-]{2}/.test(name), message: 'Trail name cannot have adjacent periods, underscores or dashes.' },
  { breaks: name => isIP(name) !== 0, message: 'Trail name cannot be in IP address format.' },
]

/** @throws InvalidTrailNameException as CreateTrail documents. CloudTrail API Reference, "CreateTrail", Name */
export function checkTrailName(name: string): void {
  const broken = nameRules.find(({ breaks }) => breaks(name))
  if (broken) throw new cloudtrail.InvalidTrailNameException(broken.message)
}

/**
 * The ARN of the trail that a request names, by its name or its ARN.
 * @throws InvalidTrailNameException, CloudTrailARNInvalidException
 */
export function namedTrailArn(nameOrArn: string, { region, account }: { readonly region: string; readonly account: string }): string {
  if (!nameOrArn.startsWith('arn:')) {
    checkTrailName(nameOrArn)
    return trailArn(region, account, nameOrArn)
  }
  checkTrailArn(nameOrArn)
  return nameOrArn
}

/** @throws CloudTrailARNInvalidException for what is no trail's ARN */
export function checkTrailArn(text: string): void {
  const arn = parseArn(text)
  if (arn?.service === 'cloudtrail' && /^\d{12}$/.test(arn.account) && /^trail\/[A-Za-z0-9._-]+$/.test(arn.resource)) return
  throw new cloudtrail.CloudTrailARNInvalidException(
    'The ARN of a trail has the form arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail.',
  )
}

/** What an access statement names: what cannot be a trail's name is refused later. @throws CloudTrailARNInvalidException */
export function trailResource(nameOrArn: string, { region, account }: { readonly region: string; readonly account: string }): string {
  if (!nameOrArn.startsWith('arn:')) return trailArn(region, account, nameOrArn)
  checkTrailArn(nameOrArn)
  return nameOrArn
}

/** S3's rules for bucket names. Amazon S3 User Guide, "General purpose bucket naming rules". */
export const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\./.test(name) && isIP(name) === 0

/** @throws InvalidS3BucketNameException, InvalidS3PrefixException */
export function checkPlace({ bucket, prefix }: { readonly bucket: string; readonly prefix: string | null }): void {
  if (!isBucketName(bucket)) throw new cloudtrail.InvalidS3BucketNameException(`The S3 bucket name ${bucket.slice(0, 100)} is not valid.`)
  // CloudTrail puts the slash after the prefix itself. CloudTrail API Reference, "CreateTrail", S3KeyPrefix: 200 characters at most.
  if (prefix !== null && (prefix === '' || prefix.length > 200 || !/^[^/].*[^/]$|^[^/]$/s.test(prefix)))
    throw new cloudtrail.InvalidS3PrefixException('The S3 key prefix has 1 to 200 characters and no slash at its ends.')
}
