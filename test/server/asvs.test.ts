import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// docs/asvs.md leaves nothing out, and what it names is there.

const root = fileURLToPath(new URL('../..', import.meta.url))

/** How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; they come before those of level 3. */
const sections = `
  V1.1=2 V1.2=9 V1.3=11 V1.4=3 V1.5=2 V2.1=3 V2.2=3 V2.3=4 V2.4=1 V3.2=2 V3.3=4 V3.4=6 V3.5=5 V3.7=2 V4.1=3 V4.2=1 V4.3=2
  V4.4=4 V5.1=1 V5.2=3 V5.3=2 V5.4=3 V6.1=3 V6.2=12 V6.3=4 V6.4=4 V6.5=5 V6.6=3 V6.8=4 V7.1=3 V7.2=4 V7.3=2 V7.4=5 V7.5=2
  V7.6=2 V8.1=2 V8.2=3 V8.3=1 V8.4=1 V9.1=3 V9.2=4 V10.1=2 V10.2=2 V10.3=4 V10.4=11 V10.5=5 V10.6=2 V10.7=3 V11.1=2 V11.2=3
  V11.3=3 V11.4=4 V11.5=1 V11.6=1 V12.1=3 V12.2=2 V12.3=4 V13.1=1 V13.2=5 V13.3=2 V13.4=5 V14.1=2 V14.2=4 V14.3=3 V15.1=3
  V15.2=3 V15.3=7 V16.1=1 V16.2=5 V16.3=4 V16.4=3 V16.5=3 V17.1=1 V17.2=4 V17.3=2`
const wanted = [...sections.matchAll(/(V[\d.]+)=(\d+)/g)].flatMap(([, section, count]) =>
  Array.from({ length: Number(count) }, (_, index) => `${section}.${index + 1}`),
)

const rows = readFileSync(join(root, 'docs/asvs.md'), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('| V'))
  .map(line => {
    const [ids = '', verdict = '', how = '', evidence = ''] = line
      .split('|')
      .slice(1)
      .map(cell => cell.trim())
    return { ids: ids.split(', '), verdict, how, evidence: [...evidence.matchAll(/`([^`]+)`/g)].map(([, path]) => path as string) }
  })

test('each requirement of levels 1 and 2 has one row', () => {
  expect(rows.flatMap(({ ids }) => ids).toSorted()).toEqual(wanted.toSorted())
})

test('each row has a verdict and says why; what is met names what shows it, or that there is none', () => {
  const loose = rows.filter(
    ({ verdict, how, evidence }) =>
      !['met', 'partly', 'not met', 'n/a'].includes(verdict) ||
      how === '' ||
      (['met', 'partly'].includes(verdict) && evidence.length === 0 && how !== 'there are none'),
  )
  expect(loose).toEqual([])
})

test.each([
  ['docs/asvs.md', rows.flatMap(({ evidence }) => evidence)],
  [
    'docs/threat-model.md',
    [...readFileSync(join(root, 'docs/threat-model.md'), 'utf8').matchAll(/`((?:src|test|docs|scripts|packaging)\/[^`\s]+)`/g)].map(
      ([, path]) => path as string,
    ),
  ],
])('what %s names is there', (_document, paths) => {
  expect(paths.length).toBeGreaterThan(20)
  expect(paths.filter(path => !existsSync(join(root, path)))).toEqual([])
})
