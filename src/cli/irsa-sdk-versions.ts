/**
 * The first version of each SDK that knows each way. EKS User Guide, "Use IRSA with the AWS SDK" and "Use pod identity with the AWS SDK".
 * docs/workload-identity.md shows the same.
 */
const minimumVersions: { readonly [sdk: string]: { readonly irsa: string; readonly podIdentity: string } } = {
  boto3: { irsa: '1.9.220', podIdentity: '1.34.41' },
  botocore: { irsa: '1.12.200', podIdentity: '1.34.41' },
  'aws-cli': { irsa: '1.16.232', podIdentity: '1.30.0' },
  'aws-cli-2': { irsa: '2.0.0', podIdentity: '2.15.0' },
  'aws-sdk-js': { irsa: '2.525.0', podIdentity: '2.1550.0' },
  'aws-sdk-js-v3': { irsa: '3.27.0', podIdentity: '3.458.0' },
  'aws-sdk-java': { irsa: '1.12.782', podIdentity: '1.12.746' },
  'aws-sdk-java-v2': { irsa: '2.10.11', podIdentity: '2.21.30' },
  'aws-sdk-go': { irsa: '1.23.13', podIdentity: '1.47.11' },
  // The versions are of its module config; the guide names the release of the day, 2023-11-14, for pod identity, and all for IRSA.
  'aws-sdk-go-v2': { irsa: '0.0.0', podIdentity: '1.25.0' },
  'aws-sdk-ruby': { irsa: '3.58.0', podIdentity: '3.188.0' },
  'aws-sdk-php': { irsa: '3.110.7', podIdentity: '3.287.1' },
  'aws-sdk-net': { irsa: '3.3.659.1', podIdentity: '3.7.734.0' },
  'aws-sdk-cpp': { irsa: '1.7.174', podIdentity: '1.11.263' },
}

/**
 * What is wrong with an SDK, for one of the ways.
 * @param text  such as `boto3@1.9.100`, as typed
 * @returns     undefined when the version knows the way
 * @throws      Error when the SDK is not known or the version is none
 */
export function sdkProblem(text: string, way: 'irsa' | 'podIdentity'): string | undefined {
  const [, sdk = '', version] = /^(.+)@v?(\d+(?:\.\d+)*)$/.exec(text) ?? []
  const minimum = minimumVersions[sdk]?.[way]
  if (version === undefined || minimum === undefined)
    throw new Error(`--sdk ${text}: must be NAME@VERSION, with one of ${Object.keys(minimumVersions).join(', ')}`)
  return isOlder(version, minimum) ? `${sdk} ${version} does not know this way: use ${minimum} or newer` : undefined
}

function isOlder(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map(text => text.split('.').map(Number)) as [number[], number[]]
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
