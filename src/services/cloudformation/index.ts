import { operationsOf } from '../operation.ts'
import * as changeSets from './change-sets.ts'
import * as describeStacks from './describe-stacks.ts'
import * as exports from './exports.ts'
import * as rollbacks from './rollbacks.ts'
import * as stackPolicies from './stack-policies.ts'
import * as stacks from './stacks.ts'
import * as templates from './templates.ts'

export const operations = operationsOf(stacks, describeStacks, changeSets, exports, rollbacks, stackPolicies, templates)
