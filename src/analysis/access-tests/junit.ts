import { escaped } from '../markup.ts'

/** A case of a JUnit report. */
export interface JUnitCase {
  readonly name: string
  readonly file: string
  readonly line: number
  /** Absent when it passed. */
  readonly failure?: { readonly message: string; readonly text: string }
}

/** JUnit XML as CI systems read it. JUnit, "junit-platform-reporting", legacy XML format. */
export function junitOf(cases: readonly JUnitCase[]): string {
  const failures = cases.filter(({ failure }) => failure).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="gatehouse test" ${counts}>`,
    ...cases.flatMap(({ name, file, line, failure }) => {
      const start = `    <testcase name="${escaped(name)}" classname="${escaped(file)}" file="${escaped(file)}" line="${line}"`
      if (!failure) return [`${start}/>`]
      return [`${start}>`, `      <failure message="${escaped(failure.message)}">${escaped(failure.text)}</failure>`, '    </testcase>']
    }),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}
