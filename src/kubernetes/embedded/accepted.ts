import { StatusError } from './status.ts'

/** What a client wants to get. Kubernetes documentation, "Kubernetes API Concepts", "Resource representations". */
export interface Wanted {
  readonly mediaType: MediaType
  readonly as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** The version of `meta.k8s.io` that a form is of. */
  readonly metaVersion: 'v1' | 'v1beta1'
}

const mediaTypes = ['application/json', 'application/yaml'] as const
export type MediaType = (typeof mediaTypes)[number]

const forms = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const

/**
 * The first form of an Accept header that we have. Weights are not looked at, as kube-apiserver's are not among the types that it has.
 * @throws StatusError NotAcceptable
 */
export function wantedOf(accept: string): Wanted {
  if (accept.trim() === '') return { mediaType: 'application/json', metaVersion: 'v1' }
  const clauses = accept.split(',').map(clauseOf)
  for (const { mediaType, parameters } of clauses) {
    const known = mediaType === '*/*' ? 'application/json' : mediaTypes.find(type => type === mediaType)
    if (!known) continue
    const as = parameters.get('as')
    if (as === undefined) return { mediaType: known, metaVersion: 'v1' }
    const form = forms.find(name => name === as)
    const version = parameters.get('v')
    if (form && parameters.get('g') === 'meta.k8s.io' && (version === 'v1' || version === 'v1beta1'))
      return { mediaType: known, as: form, metaVersion: version }
  }
  throw notAcceptable(`only the following media types are accepted: ${mediaTypes.join(', ')}`)
}

/** Whether a client wants YAML before JSON. */
export const asksForYaml = (accept: string): boolean => accept.includes('yaml') && wantedFirst(accept) === 'application/yaml'

/** The first type of a header that we have, whatever form it is asked in. */
const wantedFirst = (accept: string) =>
  accept
    .split(',')
    .map(part => clauseOf(part).mediaType)
    .find(type => type === '*/*' || mediaTypes.some(known => known === type))

export const notAcceptable = (message: string) => new StatusError(406, 'NotAcceptable', message)

function clauseOf(text: string) {
  const [mediaType = '', ...rest] = text.split(';').map(part => part.trim())
  const parameters = new Map(rest.map(part => [part.split('=')[0] ?? '', part.slice(part.indexOf('=') + 1)] as const))
  return { mediaType, parameters }
}
