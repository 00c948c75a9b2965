import type { Operations as AccessAnalyzer } from '../../src/wire/models/access-analyzer.ts'
import type { Operations as CloudTrail } from '../../src/wire/models/cloudtrail.ts'
import type { Operations as Eks } from '../../src/wire/models/eks.ts'
import type { Operations as Iam } from '../../src/wire/models/iam.ts'
import type { Operations as Organizations } from '../../src/wire/models/organizations.ts'
import type { Operations as Sts } from '../../src/wire/models/sts.ts'
import type { Operations as Analysis } from '../../src/services/analysis/model.ts'
import type { Operations as Issuers } from '../../src/services/issuers/model.ts'

/** The services that the console calls, AWS's by the names that the AWS CLI has for them, with their types. */
export interface Services {
  accessanalyzer: AccessAnalyzer
  cloudtrail: CloudTrail
  eks: Eks
  'gatehouse-analysis': Analysis
  'gatehouse-issuers': Issuers
  iam: Iam
  organizations: Organizations
  sts: Sts
}

export type ServiceName = keyof Services
