import { operationsOf } from '../operation.ts'
import * as accessGraph from './access-graph.ts'
import * as eventHistory from './event-history.ts'
import * as explainEvent from './explain-event.ts'
import * as leastPrivilege from './least-privilege.ts'
import * as previewPolicyChange from './preview-policy-change.ts'
import * as questions from './questions.ts'

export const operations = operationsOf(eventHistory, explainEvent, accessGraph, questions, previewPolicyChange, leastPrivilege)
