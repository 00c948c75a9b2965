import type { JsonStringNode } from '../../policy/index.ts'
import type { Findings, Place } from './finding.ts'
import type { StatementView, Subject } from './statement.ts'

/** How policy variables are written and where they may be. IAM User Guide, "IAM policy elements: Variables and tags". */
export function checkVariables(statement: StatementView, { variables, text }: Subject, findings: Findings) {
  const { action, resource, principal, conditions } = statement
  for (const value of [...(action?.values ?? []), ...(principal?.entries.map(entry => entry.value) ?? [])]) {
    const found = /\$\{[^}]*\}?/.exec(value.node.value)
    if (found) findings.add('VARIABLE_UNSUPPORTED_IN_ELEMENT', value, { variable: found[0] })
  }
  const operands = conditions
    .flatMap(({ values }) => values)
    .filter((place): place is Place<JsonStringNode> => place.node.type === 'string')
  for (const value of [...(resource?.values ?? []), ...operands]) {
    if (!value.node.value.includes('${')) continue
    if (!variables) {
      if (/\$\{[^}]+:[^}]+\}/.test(value.node.value)) findings.add('VARIABLE_UNSUPPORTED_IN_VERSION', value)
    } else checkSpelling(value, findings)
  }
  for (const { form, values } of conditions) {
    if (!form || form.type === 'string' || form.type === 'arn') continue
    for (const place of values) {
      if (place.node.type === 'string' && /\$\{[^}]*:[^}]*\}/.test(text.slice(place.node.start, place.node.end))) {
        findings.add('INVALID_VARIABLE_FOR_OPERATOR', place)
      }
    }
  }
}

function checkSpelling(value: Place<JsonStringNode>, findings: Findings) {
  const text = value.node.value
  for (let start = text.indexOf('${'); start !== -1; start = text.indexOf('${', start + 2)) {
    const end = text.indexOf('}', start)
    const next = text.indexOf('${', start + 2)
    if (end === -1 || (next !== -1 && next < end)) {
      findings.add('MISSING_BRACE_IN_VARIABLE', value)
      continue
    }
    const [name = '', ...fallback] = text.slice(start + 2, end).split(',')
    const trimmed = fallback.join(',').trim()
    if (name.trim() === '') findings.add('EMPTY_VARIABLE', value)
    else if (/\s/.test(name)) findings.add('UNSUPPORTED_SPACE_IN_VARIABLE', value)
    if (fallback.length > 0 && !/^'[^']*'$/.test(trimmed)) findings.add('MISSING_QUOTE_IN_VARIABLE', value)
  }
}
