import type { Fields } from '../import/fields.ts'
import { textOf } from '../import/fields.ts'
import type { PlannedPlace } from './effects.ts'

/** What Terraform tells of a resource after apply alone, and what it follows from before. */
type Predicted = (name: string, values: Fields, place: PlannedPlace) => { readonly [attribute: string]: string }

const iam =
  (kind: string, idIsArn = false): Predicted =>
  (name, values, { account }) => {
    const arn = `arn:aws:iam::${account}:${kind}${textOf(values['path']) || '/'}${name}`
    return { arn, name, id: idIsArn ? arn : name }
  }

const regional =
  (service: string, prefix: string, id: 'arn' | 'name' = 'name'): Predicted =>
  (name, _values, { account, region }) => {
    const arn = `arn:aws:${service}:${region}:${account}:${prefix}${name}`
    return { arn, name, id: id === 'arn' ? arn : name }
  }

/** Attributes that follow from a resource's name, by type. Terraform Registry, hashicorp/aws, "Attribute Reference" of each. */
const predictions: { readonly [type: string]: { readonly named: string; readonly of: Predicted } } = {
  aws_iam_role: { named: 'name', of: iam('role') },
  aws_iam_user: { named: 'name', of: iam('user') },
  aws_iam_group: { named: 'name', of: iam('group') },
  aws_iam_policy: { named: 'name', of: iam('policy', true) },
  aws_iam_instance_profile: { named: 'name', of: iam('instance-profile') },
  aws_s3_bucket: { named: 'bucket', of: name => ({ bucket: name, id: name, arn: `arn:aws:s3:::${name}` }) },
  aws_sqs_queue: {
    named: 'name',
    of(name, _values, { account, region }) {
      const url = `https://sqs.${region}.amazonaws.com/${account}/${name}`
      return { name, url, id: url, arn: `arn:aws:sqs:${region}:${account}:${name}` }
    },
  },
  aws_sns_topic: { named: 'name', of: regional('sns', '', 'arn') },
  aws_dynamodb_table: { named: 'name', of: regional('dynamodb', 'table/') },
  aws_ecr_repository: { named: 'name', of: regional('ecr', 'repository/') },
  aws_eks_cluster: { named: 'name', of: regional('eks', 'cluster/') },
  aws_lambda_function: { named: 'function_name', of: regional('lambda', 'function:') },
  aws_organizations_policy: { named: 'name', of: () => ({}) },
}

/** @returns undefined for what does not follow from the rest */
export function predictedAttribute(
  { type, label, values }: { readonly type: string; readonly label: string; readonly values: Fields },
  attribute: string,
  place: PlannedPlace,
): string | undefined {
  const prediction = Object.hasOwn(predictions, type) ? predictions[type] : undefined
  if (!prediction) return undefined
  if (type === 'aws_organizations_policy' && (attribute === 'id' || attribute === 'arn')) return label
  return prediction.of(textOf(values[prediction.named]) || label, values, place)[attribute]
}
