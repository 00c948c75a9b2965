import type { Operation, Service } from './operation.ts'
import { operations as analysisOperations } from './analysis/index.ts'
import { analysis } from './analysis/service.ts'
import { operations as attachmentsOperations } from './attachments/index.ts'
import { attachments } from './attachments/service.ts'
import { operations as cloudformationOperations } from './cloudformation/index.ts'
import { cloudformation } from './cloudformation/service.ts'
import { operations as cloudtrailOperations } from './cloudtrail/index.ts'
import { cloudtrailData, PutAuditEvents } from './cloudtrail/put-audit-events.ts'
import { cloudtrail } from './cloudtrail/service.ts'
import { operations as ec2Operations } from './ec2/index.ts'
import { ec2 } from './ec2/service.ts'
import { operations as databasesOperations } from './databases/index.ts'
import { databases } from './databases/service.ts'
import { operations as eksOperations } from './eks/index.ts'
import { eks } from './eks/service.ts'
import { operations as eksAuthOperations } from './eks-auth/index.ts'
import { eksAuth } from './eks-auth/service.ts'
import { operations as iamOperations } from './iam/index.ts'
import { EnableSecurityKey, securityKeys } from './iam/security-keys.ts'
import { iam } from './iam/service.ts'
import { operations as issuersOperations } from './issuers/index.ts'
import { issuers } from './issuers/service.ts'
import { operations as nodesOperations } from './nodes/index.ts'
import { nodes } from './nodes/service.ts'
import { operations as organizationsOperations } from './organizations/index.ts'
import { organizations } from './organizations/service.ts'
import { operations as rdsDbOperations } from './rds-db/index.ts'
import { rdsDb } from './rds-db/service.ts'
import { operations as s3Operations } from './s3/index.ts'
import { s3 } from './s3/service.ts'
import { operations as stsOperations } from './sts/index.ts'
import { sts } from './sts/service.ts'
import { operations as accessAnalyzerOperations } from './access-analyzer/index.ts'
import { accessAnalyzer } from './access-analyzer/service.ts'

export type { Operation, Service } from './operation.ts'

/** Every served service with its operations: the registry's source. */
export const services: readonly { readonly service: Service; readonly operations: readonly Operation[] }[] = [
  { service: iam, operations: iamOperations },
  { service: securityKeys, operations: [EnableSecurityKey] },
  { service: s3, operations: s3Operations },
  { service: rdsDb, operations: rdsDbOperations },
  { service: databases, operations: databasesOperations },
  { service: sts, operations: stsOperations },
  { service: ec2, operations: ec2Operations },
  { service: eks, operations: eksOperations },
  { service: eksAuth, operations: eksAuthOperations },
  { service: attachments, operations: attachmentsOperations },
  { service: issuers, operations: issuersOperations },
  { service: analysis, operations: analysisOperations },
  { service: nodes, operations: nodesOperations },
  { service: cloudformation, operations: cloudformationOperations },
  { service: cloudtrail, operations: cloudtrailOperations },
  { service: cloudtrailData, operations: [PutAuditEvents] },
  { service: accessAnalyzer, operations: accessAnalyzerOperations },
  { service: organizations, operations: organizationsOperations },
]
