/** Kubernetes API, meta/v1 LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: { readonly [name: string]: string }
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
}

/** Kubernetes documentation, "Labels and Selectors": an empty selector finds everything. */
export function selectsLabels(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: { readonly [name: string]: string },
): boolean {
  return (
    Object.entries(matchLabels).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const label = Object.hasOwn(labels, key) ? labels[key] : undefined
      switch (operator) {
        case 'In':
          return label !== undefined && values.includes(label)
        case 'NotIn':
          return label === undefined || !values.includes(label)
        case 'Exists':
          return label !== undefined
        case 'DoesNotExist':
          return label === undefined
        default:
          return false
      }
    })
  )
}
