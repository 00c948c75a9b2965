import { forbiddenField, unsupported } from './causes.ts'
import { integerOf, unsignedProblem } from './query.ts'
import { badRequest, type Cause, expired, invalid, StatusError } from './status.ts'

/**
 * Holds the parameters of a list or a watch against each other.
 * Kubernetes documentation, "Kubernetes API Concepts", "Resource versions" and "Streaming lists".
 * @throws StatusError BadRequest for what is no number, Invalid for parameters that do not go together
 */
export function checkListParameters(query: URLSearchParams, watching: boolean): void {
  for (const name of ['limit', 'timeoutSeconds']) integerOf(query, name)
  const causes = watching ? wrongForWatch(query) : wrongForList(query)
  if (causes.length > 0) throw invalid('ListOptions', 'meta.k8s.io', '', causes)
  checkVersion(query, watching ? '' : 'invalid resource version: ')
}

/**
 * Holds a version that a single object is asked for to its form.
 * @throws StatusError BadRequest; the real API server answers this, and a watch, with 500: what a client sends wrong is not our fault
 */
export function checkVersion(query: URLSearchParams, before = ''): void {
  const version = query.get('resourceVersion') ?? ''
  const problem = version === '' ? undefined : unsignedProblem(version)
  if (problem) throw badRequest(`${before}resourceVersion: Invalid value: ${JSON.stringify(version)}: ${problem}`)
}

const unsupportedMatch = (match: string, supported: readonly string[]) => unsupported('resourceVersionMatch', match, supported)

function wrongForList(query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  const causes: Cause[] = []
  if (match !== '') {
    if (version === '')
      causes.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (query.get('continue'))
      causes.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'))
    if (match !== 'Exact' && match !== 'NotOlderThan') causes.push(unsupportedMatch(match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && version === '0')
      causes.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  if (query.has('sendInitialEvents')) causes.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  return causes
}

function wrongForWatch(query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? ''
  const initial = query.has('sendInitialEvents')
  const causes: Cause[] = []
  if (initial && match !== 'NotOlderThan')
    causes.push(forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  if (match !== '') {
    if (!initial)
      causes.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      )
    if (match !== 'NotOlderThan') causes.push(unsupportedMatch(match, ['NotOlderThan']))
  }
  // A watch that says nothing of its version is taken for one that begins with what there is, which says so.
  if (query.get('continue') && (match !== '' || ['', '0'].includes(query.get('resourceVersion') ?? '')))
    causes.push(forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'))
  return causes
}

/**
 * Whether what there is now is what a list asks for.
 * @param current  the version of the objects
 * @throws StatusError Timeout for a version that is yet to come, Expired for exactly one that has gone
 */
export function checkListedVersion(query: URLSearchParams, current: number): void {
  const wanted = Number(query.get('resourceVersion') ?? '')
  if (wanted > current)
    throw new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    })
  if (wanted < current && query.get('resourceVersionMatch') === 'Exact')
    throw expired('The resourceVersion for the provided list is too old.')
}
