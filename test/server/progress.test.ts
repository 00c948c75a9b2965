import { expect, test } from 'vitest'
import { Progress } from '../../src/cli/progress.ts'

test('progress is one line of a terminal, not too often, and leaves nothing behind', () => {
  let written = ''
  let now = 0
  const progress = new Progress('reading', { isTTY: true, write: (text: string) => (written += text) }, () => now)
  progress.at('1 answer')
  now = 50
  progress.at('2 answers')
  now = 150
  progress.at('3 answers')
  progress.end()
  expect(written).toBe('\r\u001B[Kreading: 1 answer\r\u001B[Kreading: 3 answers\r\u001B[K')
})

test('nothing of it is written into files and pipes', () => {
  let written = ''
  const progress = new Progress('reading', { write: (text: string) => (written += text) })
  progress.at('1 answer')
  progress.end()
  expect(written).toBe('')
})
