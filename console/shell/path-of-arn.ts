const encoded = encodeURIComponent

/** Where a resource's page is: kinds of ARNs, and the path by what follows. */
const kinds: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^arn:[\w-]+:iam::\d{12}:user\/(?:.*\/)?([^/]+)$/, name => `/iam/users/${encoded(name)}`],
  [/^arn:[\w-]+:iam::\d{12}:group\/(?:.*\/)?([^/]+)$/, name => `/iam/groups/${encoded(name)}`],
  [/^arn:[\w-]+:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/, name => `/iam/roles/${encoded(name)}`],
  [/^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\/.+$/, name => `/iam/roles/${encoded(name)}`],
  [/^(arn:[\w-]+:iam::(?:\d{12}|aws):policy\/.+)$/, arn => `/iam/policies/${encoded(arn)}`],
  [/^(arn:[\w-]+:iam::\d{12}:(?:oidc|saml)-provider\/.+)$/, arn => `/iam/identity-providers/${encoded(arn)}`],
  [/^arn:[\w-]+:eks:[\w-]+:\d{12}:cluster\/([^/]+)$/, name => `/eks/clusters/${encoded(name)}`],
]

/** @returns undefined for text that is no ARN of a resource with a page */
export function pathOfArn(arn: string): string | undefined {
  for (const [pattern, path] of kinds) {
    const parts = pattern.exec(arn)
    if (parts) return path(...parts.slice(1))
  }
  return undefined
}
