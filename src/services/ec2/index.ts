import { operationsOf } from '../operation.ts'
import * as instanceProfileAssociations from './instance-profile-associations.ts'
import * as instances from './instances.ts'
import * as modifyMetadataOptions from './modify-metadata-options.ts'
import * as network from './network.ts'
import * as runInstances from './run-instances.ts'
import * as securityGroups from './security-groups.ts'
import * as tags from './tags.ts'

/** The operations of EC2 that are served. */
export const operations = operationsOf(
  instances,
  runInstances,
  instanceProfileAssociations,
  modifyMetadataOptions,
  network,
  securityGroups,
  tags,
)
