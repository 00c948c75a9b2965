/** Where IAM, Organizations and STS's global endpoint are, and where their events are recorded. CloudTrail User Guide, "Global service events". */
export const globalRegion = 'us-east-1'
