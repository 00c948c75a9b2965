/** Services as last-accessed information names them; others are called by their namespace. */
export const serviceNames: { readonly [namespace: string]: string } = {
  'access-analyzer': 'AWS IAM Access Analyzer',
  cloudformation: 'AWS CloudFormation',
  cloudtrail: 'AWS CloudTrail',
  'cloudtrail-data': 'AWS CloudTrail Data',
  ec2: 'Amazon EC2',
  eks: 'Amazon Elastic Kubernetes Service',
  'eks-auth': 'Amazon EKS Auth',
  iam: 'AWS Identity and Access Management',
  organizations: 'AWS Organizations',
  rds: 'Amazon RDS',
  s3: 'Amazon S3',
  sts: 'AWS Security Token Service',
}
