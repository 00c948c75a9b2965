import { operationsOf } from '../operation.ts'
import * as accessGraph from './access-graph.ts'
import * as explainEvent from './explain-event.ts'
import * as leastPrivilege from './least-privilege.ts'
import * as previewPolicyChange from './preview-policy-change.ts'
import * as questions from './questions.ts'

export const operations = operationsOf(explainEvent, accessGraph, questions, previewPolicyChange, leastPrivilege)
