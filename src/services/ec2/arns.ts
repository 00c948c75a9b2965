/** Where EC2's resources are. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** ARNs of EC2's resources. Service Authorization Reference, "Resource types defined by Amazon EC2". */
export const ec2Arn = ({ account, region }: Place, type: string, id: string): string => `arn:aws:ec2:${region}:${account}:${type}/${id}`

/** Images belong to the region: anybody may have made one. */
export const imageArn = ({ region }: Place, id: string): string => `arn:aws:ec2:${region}::image/${id}`
