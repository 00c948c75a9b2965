import type { RequestContext } from '../policy/index.ts'

/**
 * Attributes of directories that trust policies can test, by object identifier; keys with several values come as lists.
 * IAM User Guide, "Available keys for SAML-based AWS STS federation"; eduPerson and eduOrg object classes; RFC 4519; RFC 4524.
 */
const keysByIdentifier: { readonly [identifier: string]: readonly string[] } = {
  '1.3.6.1.4.1.5923.1.1.1.1': ['edupersonaffiliation'],
  '1.3.6.1.4.1.5923.1.1.1.2': ['edupersonnickname'],
  '1.3.6.1.4.1.5923.1.1.1.3': ['edupersonorgdn'],
  '1.3.6.1.4.1.5923.1.1.1.4': ['edupersonorgunitdn'],
  '1.3.6.1.4.1.5923.1.1.1.5': ['edupersonprimaryaffiliation'],
  '1.3.6.1.4.1.5923.1.1.1.6': ['edupersonprincipalname'],
  '1.3.6.1.4.1.5923.1.1.1.7': ['edupersonentitlement'],
  '1.3.6.1.4.1.5923.1.1.1.8': ['edupersonprimaryorgunitdn'],
  '1.3.6.1.4.1.5923.1.1.1.9': ['edupersonscopedaffiliation'],
  '1.3.6.1.4.1.5923.1.1.1.10': ['edupersontargetedid'],
  '1.3.6.1.4.1.5923.1.1.1.11': ['edupersonassurance'],
  '1.3.6.1.4.1.5923.1.2.1.2': ['eduorghomepageuri'],
  '1.3.6.1.4.1.5923.1.2.1.3': ['eduorgidentityauthnpolicyuri'],
  '1.3.6.1.4.1.5923.1.2.1.4': ['eduorglegalname'],
  '1.3.6.1.4.1.5923.1.2.1.5': ['eduorgsuperioruri'],
  '1.3.6.1.4.1.5923.1.2.1.6': ['eduorgwhitepagesuri'],
  '2.5.4.3': ['cn', 'commonName'],
  '2.5.4.4': ['surname'],
  '2.5.4.41': ['name'],
  '2.5.4.42': ['givenName'],
  '2.5.4.45': ['x500UniqueIdentifier'],
  '0.9.2342.19200300.100.1.1': ['uid'],
  '0.9.2342.19200300.100.1.3': ['mail'],
  '0.9.2342.19200300.100.1.45': ['organizationStatus'],
}

const namePrefix = 'urn:oid:'

/** Condition keys of the attributes of a SAML assertion. @param attributes  values by the attribute's name */
export function samlAttributeKeys(attributes: ReadonlyMap<string, readonly string[]>): RequestContext {
  const keys: { [key: string]: readonly string[] } = {}
  for (const [name, values] of attributes) {
    if (!name.startsWith(namePrefix)) continue
    for (const key of keysByIdentifier[name.slice(namePrefix.length)] ?? []) keys[`saml:${key}`] = values
  }
  return keys
}
