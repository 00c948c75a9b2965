/** Service Authorization Reference, "Resource types defined by Amazon EC2". */
export const instanceArn = (region: string, account: string, instanceId: string): string =>
  `arn:aws:ec2:${region}:${account}:instance/${instanceId}`
