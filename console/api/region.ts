const kept = 'gatehouse-region'

let ofServer = ''

/** What the session tells: the region that this Gatehouse is. */
export const setServerRegion = (region: string) => {
  ofServer = region
}

/** The region that calls are signed for, as chosen here, else the server's own; IAM and Organizations answer in every one. */
export const currentRegion = () => localStorage.getItem(kept) ?? ofServer

export const chooseRegion = (region: string) => localStorage.setItem(kept, region)

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

/** Those to choose from: the well-known ones, and the server's own whatever it is called. */
export const regions = () => (named.some(([id]) => id === ofServer) ? named : [[ofServer, 'This Gatehouse'] as const, ...named])
