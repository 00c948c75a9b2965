const nameForm = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelForm = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomainForm = `${labelForm}(\\.${labelForm})*`
const mostNameCharacters = 63
const mostSubdomainCharacters = 253

const whole = (form: string) => new RegExp(`^(?:${form})$`)
const [nameRule, valueRule, labelRule, subdomainRule] = [whole(nameForm), whole(`(${nameForm})?`), whole(labelForm), whole(subdomainForm)]

const inForm = (message: string, form: string, ...examples: readonly string[]) =>
  `${message} (e.g. ${examples.map(example => `'${example}'`).join(',  or ')}, regex used for validation is '${form}')`

const alphanumeric = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const tooLong = (most: number) => `must be no more than ${most} characters`
const nameText = inForm(`must consist of ${alphanumeric}`, nameForm, 'MyName', 'my.name', '123-abc')
const valueText = inForm(
  `a valid label must be an empty string or consist of ${alphanumeric}`,
  `(${nameForm})?`,
  'MyValue',
  'my_value',
  '12345',
)

/** What is wrong with a DNS label. Kubernetes documentation, "Object Names and IDs", "RFC 1123 Label Names". */
export const labelNameProblems = (text: string): string[] => [
  ...(text.length > mostNameCharacters ? [tooLong(mostNameCharacters)] : []),
  ...(labelRule.test(text)
    ? []
    : [
        inForm(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          labelForm,
          'my-name',
          '123-abc',
        ),
      ]),
]

const serviceForm = '[a-z]([-a-z0-9]*[a-z0-9])?'
const serviceRule = whole(serviceForm)

/** What is wrong with a service's name. Kubernetes documentation, "Object Names and IDs", "RFC 1035 Label Names". */
export const serviceNameProblems = (text: string): string[] => [
  ...(text.length > mostNameCharacters ? [tooLong(mostNameCharacters)] : []),
  ...(serviceRule.test(text)
    ? []
    : [
        inForm(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          serviceForm,
          'my-name',
          'abc-123',
        ),
      ]),
]

/** What is wrong with a DNS subdomain. Kubernetes documentation, "Object Names and IDs", "DNS Subdomain Names". */
export const subdomainProblems = (text: string): string[] => [
  ...(text.length > mostSubdomainCharacters ? [tooLong(mostSubdomainCharacters)] : []),
  ...(subdomainRule.test(text)
    ? []
    : [
        inForm(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          subdomainForm,
          'example.com',
        ),
      ]),
]

/** What is wrong with the key of a label or an annotation. Kubernetes documentation, "Labels and Selectors", "Syntax and character set". */
export function keyProblems(text: string): string[] {
  const parts = text.split('/')
  if (parts.length > 2)
    return [
      `a qualified name ${inForm(`must consist of ${alphanumeric}`, nameForm, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  const name = parts.at(-1) ?? ''
  const [prefix] = parts.slice(0, -1)
  return [
    ...(prefix === undefined
      ? []
      : (prefix === '' ? ['must be non-empty'] : subdomainProblems(prefix)).map(problem => `prefix part ${problem}`)),
    ...(name === ''
      ? ['name part must be non-empty']
      : name.length > mostNameCharacters
        ? [`name part ${tooLong(mostNameCharacters)}`]
        : []),
    ...(name.length <= 1_000 && nameRule.test(name) ? [] : [`name part ${nameText}`]),
  ]
}

/** What is wrong with a label's value. */
export const valueProblems = (text: string): string[] => [
  ...(text.length > mostNameCharacters ? [tooLong(mostNameCharacters)] : []),
  ...(text.length <= 1_000 && valueRule.test(text) ? [] : [valueText]),
]

/** Whether a name can be part of a path. apimachinery, pkg/api/validation/path, "IsValidPathSegmentName". */
export const isPathSegment = (name: string): boolean => !/[/%]/.test(name) && name !== '.' && name !== '..'
