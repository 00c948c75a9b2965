import type { Caller } from './caller.ts'
import { TokenRefused } from './refusal.ts'

/** Finds the private DNS name of an EC2 instance of an account, if there is such an instance. */
export type PrivateDnsName = (instanceId: string, account: string) => Promise<string | undefined>

/** Prefixes that user names of STANDARD access entries must not have. EKS User Guide, "Create access entries". */
const reservedPrefixes = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:']

const placeholder = /\{\{\s*([A-Za-z0-9]+)\s*\}\}/g

/** Values of placeholders. aws-iam-authenticator, "Full Configuration Format". */
const placeholders: { readonly [name: string]: (caller: Caller) => string } = {
  AccountID: ({ account }) => account,
  SessionName: ({ sessionName }) => sessionName.replaceAll('@', '-'),
  SessionNameRaw: ({ sessionName }) => sessionName,
  AccessKeyID: ({ accessKeyId }) => accessKeyId,
}

/**
 * Fills in a user name or group.
 * @throws TokenRefused when a placeholder is unknown, or no instance is behind `{{EC2PrivateDNSName}}`
 */
export async function expandTemplate(template: string, caller: Caller, privateDnsName: PrivateDnsName): Promise<string> {
  const values = new Map<string, string>()
  for (const [, name = ''] of template.matchAll(placeholder)) values.set(name, await valueOf(name, caller, privateDnsName))
  // A function, as a replacement text would have meanings of its own.
  const name = template.replace(placeholder, (_, key: string) => values.get(key) ?? '')
  if (name === '') throw new TokenRefused(`${JSON.stringify(template)} makes an empty name`)
  return name
}

async function valueOf(name: string, caller: Caller, privateDnsName: PrivateDnsName): Promise<string> {
  if (name === 'EC2PrivateDNSName') {
    const found = await privateDnsName(caller.sessionName, caller.account)
    if (found === undefined) throw new TokenRefused(`${JSON.stringify(caller.sessionName)} is no EC2 instance with a private DNS name`)
    return found
  }
  const value = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined
  if (!value) throw new TokenRefused(`the placeholder {{${name}}} is unknown`)
  return value(caller)
}

/** @throws TokenRefused when a user name pretends to be one of Kubernetes or AWS */
export function requireUnreserved(username: string): void {
  const prefix = reservedPrefixes.find(reserved => username.startsWith(reserved))
  if (prefix) throw new TokenRefused(`the user name begins with ${prefix}, which is reserved`)
}
