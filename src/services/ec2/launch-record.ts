import type { RunInstancesRequest } from '../../wire/models/ec2.ts'
import { model } from '../../wire/models/ec2.ts'
import { trailValue } from '../trail-values.ts'
import type { TrailDetails } from '../operation.ts'

/**
 * What a launch has on record: image and number in `instancesSet`, tags in `tagSpecificationSet`, and of user data that there was some.
 * Amazon EC2 Developer Guide, "Log Amazon EC2 API calls using AWS CloudTrail".
 */
export function launchRecord(input: RunInstancesRequest): TrailDetails {
  const {
    ImageId,
    MinCount,
    MaxCount,
    KeyName,
    SecurityGroupIds = [],
    SecurityGroups = [],
    TagSpecifications = [],
    UserData,
    ...rest
  } = input
  const groups = [...SecurityGroupIds.map(groupId => ({ groupId })), ...SecurityGroups.map(groupName => ({ groupName }))]
  return {
    requestParameters: {
      instancesSet: {
        items: [
          {
            ...(ImageId !== undefined && { imageId: ImageId }),
            minCount: MinCount,
            maxCount: MaxCount,
            ...(KeyName !== undefined && { keyName: KeyName }),
          },
        ],
      },
      ...(groups.length > 0 && { groupSet: { items: groups } }),
      ...(UserData !== undefined && { userData: '<sensitiveDataRemoved>' }),
      ...trailValue(model, 'RunInstancesRequest', rest),
      ...(TagSpecifications.length > 0 && {
        tagSpecificationSet: {
          items: TagSpecifications.map(({ ResourceType = '', Tags = [] }) => ({
            resourceType: ResourceType,
            tags: Tags.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value })),
          })),
        },
      }),
    },
  }
}
