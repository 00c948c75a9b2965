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

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
}

/** Text of XML: characters that XML 1.0 does not have are left out. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
    .replaceAll(/[&<>"'\n]/g, character => entities[character] ?? '')
