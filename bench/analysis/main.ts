// How long exact answers take: new access between policies, and who can do what in a large account and a large cluster. Run: node bench/analysis/main.ts [--roles N] [--pairs N]
import { parseArgs } from 'node:util'
import { accountFigures, clusterFigures } from './graph.ts'
import { newAccessFigures } from './new-access.ts'

const { values } = parseArgs({ options: { roles: { type: 'string', default: '10000' }, pairs: { type: 'string', default: '1000' } } })
const figures = {
  newAccess: newAccessFigures(Number(values.pairs)),
  account: accountFigures(Number(values.roles)),
  cluster: clusterFigures(1_000, 10_000),
}
console.log(JSON.stringify(figures, undefined, 2))
