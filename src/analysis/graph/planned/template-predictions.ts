import type { PlannedPlace } from './effects.ts'
import type { PlannedValues } from './planned-values.ts'

/**
 * What Ref and Fn::GetAtt will give of a resource that is not made yet: its name is that of its properties, or its logical id in place of the one that the
 * deployment makes.
 */
export function predictedOf(type: string, values: PlannedValues, { account, region }: PlannedPlace): Predicted | undefined {
  const path = () => values.optional('Path') ?? '/'
  const iam = (kind: string, property: string): Predicted => {
    const name = values.nameIn(property)
    return { ref: name, attributes: { Arn: `arn:aws:iam::${account}:${kind}${path()}${name}` } }
  }
  const named = (property: string, service: string, prefix: string): Predicted => {
    const name = values.nameIn(property)
    return { ref: name, attributes: { Arn: `arn:aws:${service}:${region}:${account}:${prefix}${name}` } }
  }
  switch (type) {
    case 'AWS::IAM::Role':
      return iam('role', 'RoleName')
    case 'AWS::IAM::User':
      return iam('user', 'UserName')
    case 'AWS::IAM::Group':
      return iam('group', 'GroupName')
    case 'AWS::IAM::InstanceProfile':
      return iam('instance-profile', 'InstanceProfileName')
    case 'AWS::IAM::ManagedPolicy': {
      const arn = `arn:aws:iam::${account}:policy${path()}${values.nameIn('ManagedPolicyName')}`
      return { ref: arn, attributes: { PolicyArn: arn } }
    }
    case 'AWS::S3::Bucket': {
      const name = values.nameIn('BucketName')
      return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } }
    }
    case 'AWS::SQS::Queue': {
      const name = values.nameIn('QueueName')
      const url = `https://sqs.${region}.amazonaws.com/${account}/${name}`
      return { ref: url, attributes: { Arn: `arn:aws:sqs:${region}:${account}:${name}`, QueueName: name, QueueUrl: url } }
    }
    case 'AWS::SNS::Topic': {
      const arn = `arn:aws:sns:${region}:${account}:${values.nameIn('TopicName')}`
      return { ref: arn, attributes: { TopicArn: arn, TopicName: values.nameIn('TopicName') } }
    }
    case 'AWS::EKS::Cluster':
      return named('Name', 'eks', 'cluster/')
    case 'AWS::DynamoDB::Table':
      return named('TableName', 'dynamodb', 'table/')
    case 'AWS::ECR::Repository':
      return named('RepositoryName', 'ecr', 'repository/')
    case 'AWS::Lambda::Function':
      return named('FunctionName', 'lambda', 'function:')
    case 'AWS::KMS::Key':
      return { ref: values.label, attributes: { Arn: `arn:aws:kms:${region}:${account}:key/${values.label}`, KeyId: values.label } }
    default:
      return undefined
  }
}

export interface Predicted {
  readonly ref: string
  readonly attributes: { readonly [name: string]: string }
}
