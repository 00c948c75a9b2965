/**
 * How the AWS CLI's documentation prints an answer, as a value. Its examples are written by hand: commas and brackets are missing, strings are broken over
 * lines, and what is left out is three dots.
 */
export function documentedValue(text: string): unknown {
  const strings: string[] = []
  const bare = text
    .replaceAll(/""(?=-)|(?<=\\n)""/g, '"')
    .replaceAll(/"(?:[^"\\]|\\.)*"/gs, found => `<${strings.push(found.replaceAll('\n', '\\n')) - 1}>`)
    .replaceAll(/^\s*\.\.\.\s*$/gm, '')
    .replaceAll(/([>\]}])(\s*<)/g, '$1,$2')
    .replaceAll(/,(\s*[}\]])/g, '$1')
  return JSON.parse(closed(bare).replaceAll(/<(\d+)>/g, (_, at: string) => strings[Number(at)] ?? ''))
}

/** Text with the brackets that it leaves open. */
function closed(text: string): string {
  const open: string[] = []
  let all = ''
  for (const letter of text.trim().replace(/,$/, '')) {
    const closing = letter === '}' || letter === ']'
    // A bracket of the other kind closes what was forgotten within.
    if (closing) {
      while (open.length > 1 && open.at(-1) !== letter) all += open.pop()
      open.pop()
    } else if (letter === '{' || letter === '[') open.push(letter === '{' ? '}' : ']')
    all += letter
  }
  return all + open.reverse().join('')
}

/** Members whose values are made up, with the form that they have. */
const forms: { readonly [member: string]: RegExp } = {
  UserId: /^AIDA[A-Z2-7]{17}$/,
  GroupId: /^AGPA[A-Z2-7]{17}$/,
  RoleId: /^AROA[A-Z2-7]{17}$/,
  PolicyId: /^ANPA[A-Z0-9]{17}$/,
  InstanceProfileId: /^AIPA[A-Z2-7]{17}$/,
  AccessKeyId: /^A[KS]IA[A-Z2-7]{16}$/,
  SSHPublicKeyId: /^APKA[A-Z2-7]{17}$/,
  ServerCertificateId: /^ASCA[A-Z2-7]{17}$/,
  ServiceSpecificCredentialId: /^ACCA[A-Z2-7]{17}$/,
  CertificateId: /^[A-Z0-9]{24,128}$/,
  Id: /^A(?:IDA|ROA)[A-Z2-7]{17}$/,
  AssumedRoleId: /^AROA[A-Z2-7]{17}:[\w-]+$/,
  OrganizationId: /^o-[a-z0-9]{10,32}$/,
  JobId: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  NameQualifier: /^[\w+/]{27}=$/,
  SecretAccessKey: /^[A-Za-z0-9/+]{40}$/,
  SessionToken: /^[A-Za-z0-9/+]{100,}={0,2}$/,
  ServicePassword: /^[A-Za-z0-9/+]{43}=$/,
  Fingerprint: /^[0-9a-f]{2}(?::[0-9a-f]{2}){15}$/,
  CertificateBody: /^-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----\s*$/,
  CertificateChain: /^-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----\s*$/,
  SSHPublicKeyBody: /^(?:ssh-rsa |-----BEGIN PUBLIC KEY-----)/,
  SAMLMetadataDocument: /^<EntityDescriptor /,
  DeletionTaskId: /^task\/aws-service-role\/lex\.amazonaws\.com\/AWSServiceRoleForLexBots\/[0-9a-f-]{36}$/,
}

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d[:;]\d\d(?:\.\d+)?(?:Z|\+00:00)$/
const accountNumber = /(?<=:)\d{9,13}(?=:)/g
/** Members that are numbers of things, and sizes. */
const count =
  /(?:Quota|Count|Size|Entities|Accessible|Accessed|Present|Enabled|InUse)$|^(?:Users|Groups|Roles|Policies|InstanceProfiles|ServerCertificates|Providers|MFADevices)$/

/** Members that tell the items of a list apart: AWS promises no order. */
const names = [
  'Key',
  'ServiceUserName',
  'ServiceNamespace',
  'PolicyName',
  'ServerCertificateName',
  'RoleName',
  'GroupName',
  'UserName',
  'VersionId',
]

function nameOf(item: unknown): string {
  const name = isObject(item) ? names.map(member => item[member]).find(value => typeof value === 'string') : item
  return typeof name === 'string' ? name.toLowerCase() : ''
}

const inOrder = (items: readonly unknown[]): unknown[] =>
  items.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))))

/**
 * Where what was printed differs from what is documented, by member.
 * @param elided  the documentation leaves items out
 */
export function differences(documented: unknown, printed: unknown, elided: boolean, at = ''): string[] {
  if (Array.isArray(documented) && Array.isArray(printed)) return listDifferences(documented, printed, elided, at)
  // The pages write a list of one as the one.
  if (isObject(documented) && Array.isArray(printed)) return differences([documented], printed, elided, at)
  if (isObject(documented) && isObject(printed)) {
    return [...new Set([...Object.keys(documented), ...Object.keys(printed)])].flatMap(key => {
      const path = at === '' ? key : `${at}.${key}`
      if (!Object.hasOwn(documented, key)) return [`${path}: more`]
      return Object.hasOwn(printed, key) ? differences(documented[key], printed[key], elided, path) : [`${path}: missing`]
    })
  }
  const member = at.replace(/^.*\./, '').replace(/\[\d+\]$/, '')
  return alike(member, documented, printed) ? [] : [`${at}: ${JSON.stringify(printed)} in place of ${JSON.stringify(documented)}`]
}

function listDifferences(documented: readonly unknown[], printed: readonly unknown[], elided: boolean, at: string): string[] {
  const wanted = inOrder(documented)
  // Whoever runs the examples is a user, too.
  const own = (item: unknown) => nameOf(item) === 'administrator' && !wanted.some(other => nameOf(other) === 'administrator')
  const found = inOrder(printed).filter(item => (elided ? wanted.some(other => nameOf(other) === nameOf(item)) : !own(item)))
  if (wanted.length !== found.length) return [`${at}: ${found.length} in place of ${wanted.length}`]
  return wanted.flatMap((each, index) => differences(each, found[index], elided, `${at}[${index}]`))
}

function alike(member: string, documented: unknown, printed: unknown): boolean {
  if (documented === '<URL-encoded-JSON>') return isObject(printed)
  if (typeof documented === 'number' && typeof printed === 'number' && count.test(member)) return true
  if (typeof documented !== 'string' || typeof printed !== 'string') return documented === printed
  if (moment.test(documented)) return moment.test(printed)
  const form = forms[member]
  return form ? form.test(printed) : documented.replaceAll(accountNumber, '') === printed.replaceAll(accountNumber, '')
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
