import { ServiceError } from '../../wire/errors.ts'

const region = String.raw`(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?`

/** AWS General Reference, "FIPS endpoints": `sts-fips.us-east-1.amazonaws.com`, `fips.eks.us-east-1.amazonaws.com`; what stands before `s3` is a bucket. */
const fips = new RegExp(
  String.raw`(?:^|\.)(?:fips\.(?!s3[.-])[a-z0-9-]+|[a-z0-9-]+-fips)(?:\.dualstack)?${region}\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$`,
)

/** AWS General Reference, "Dual stack endpoints": `bucket.s3.dualstack.us-east-1.amazonaws.com`, `eks.us-east-1.api.aws`. */
const dualStack = /\.dualstack\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$|\.api\.aws$/

/** EKS Auth has no other endpoint than one of these. EKS API Reference, "Amazon EKS Auth endpoints". */
const everyEndpointIsDualStack = new Set(['eks-auth'])

/**
 * Refuses a host that promises what is not here: validated cryptography, addresses of both kinds.
 * @param host     of the request, with its port
 * @throws ServiceError UnsupportedEndpoint
 */
export function refuseHost(host: string, service: string): void {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  const kind = fips.test(name) ? 'FIPS' : dualStack.test(name) && !everyEndpointIsDualStack.has(service) ? 'dual-stack' : undefined
  if (kind !== undefined)
    throw new ServiceError('UnsupportedEndpoint', 400, `Gatehouse has no ${kind} endpoints, and is not ${name.slice(0, 255)}.`)
}
