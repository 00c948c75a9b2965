import { operationsOf } from '../operation.ts'
import * as connect from './connect.ts'

export const operations = operationsOf(connect)
