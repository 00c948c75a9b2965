import { operationsOf } from '../operation.ts'
import * as attachCluster from './attach-cluster.ts'
import * as describeAttachment from './describe-attachment.ts'

export const operations = operationsOf(attachCluster, describeAttachment)
