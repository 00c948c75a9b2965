/** What a browser's security key answers, as JSON. Web Authentication Level 3, sections 5.1.8 to 5.1.10. */
export async function askSecurityKey(options: object): Promise<object> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON)
  return jsonOf(await navigator.credentials.get({ publicKey }))
}

/** Makes a new key pair on a security key. */
export async function enrolSecurityKey(options: object): Promise<object> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON)
  return jsonOf(await navigator.credentials.create({ publicKey }))
}

function jsonOf(credential: Credential | null): object {
  if (!(credential instanceof PublicKeyCredential)) throw new Error('The security key gave no answer. Try again.')
  return credential.toJSON() as object
}
