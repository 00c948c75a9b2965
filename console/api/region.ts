let ofServer = ''

/** What the session tells: the region that this Gatehouse is. */
export const setServerRegion = (region: string) => {
  ofServer = region
}

/** The region that calls are signed for. A Gatehouse is one region; IAM and Organizations answer in every one, and CloudTrail in that of their events. */
export const currentRegion = () => ofServer

/** Where the events of IAM, STS and other global services are, and those of the root user's sign-in. CloudTrail User Guide, "Global service events". */
export const globalRegion = 'us-east-1'

/** Regions that have an event history here: this Gatehouse's own, and that of global services. */
export const historyRegions = (): readonly string[] => [...new Set([ofServer, globalRegion])]

const named: readonly (readonly [id: string, name: string])[] = [
  ['us-east-1', 'US East (N. Virginia)'],
  ['us-east-2', 'US East (Ohio)'],
  ['us-west-1', 'US West (N. California)'],
  ['us-west-2', 'US West (Oregon)'],
  ['ap-south-1', 'Asia Pacific (Mumbai)'],
  ['ap-southeast-1', 'Asia Pacific (Singapore)'],
  ['ap-southeast-2', 'Asia Pacific (Sydney)'],
  ['ap-northeast-1', 'Asia Pacific (Tokyo)'],
  ['ca-central-1', 'Canada (Central)'],
  ['eu-central-1', 'Europe (Frankfurt)'],
  ['eu-west-1', 'Europe (Ireland)'],
  ['eu-west-2', 'Europe (London)'],
  ['eu-north-1', 'Europe (Stockholm)'],
  ['sa-east-1', 'South America (São Paulo)'],
]

/** Regions by id and name, this Gatehouse's own first, whatever it is called. */
export const regions = (): readonly (readonly [id: string, name: string])[] => [
  [ofServer, named.find(([id]) => id === ofServer)?.[1] ?? 'This Gatehouse'],
  ...named.filter(([id]) => id !== ofServer),
]
