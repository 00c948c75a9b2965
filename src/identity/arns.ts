/** ARNs of IAM's resources. Service Authorization Reference, "Resource types defined by AWS IAM". Paths begin and end with `/`. */
export const userArn = (account: string, path: string, name: string) => `arn:aws:iam::${account}:user${path}${name}`
export const groupArn = (account: string, path: string, name: string) => `arn:aws:iam::${account}:group${path}${name}`
export const roleArn = (account: string, path: string, name: string) => `arn:aws:iam::${account}:role${path}${name}`
export const policyArn = (account: string, path: string, name: string) => `arn:aws:iam::${account}:policy${path}${name}`
export const instanceProfileArn = (account: string, path: string, name: string) => `arn:aws:iam::${account}:instance-profile${path}${name}`
export const rootArn = (account: string) => `arn:aws:iam::${account}:root`
export const oidcProviderArn = (account: string, urlWithoutScheme: string) => `arn:aws:iam::${account}:oidc-provider/${urlWithoutScheme}`
export const assumedRoleArn = (account: string, roleName: string, sessionName: string) =>
  `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`
export const federatedUserArn = (account: string, name: string) => `arn:aws:sts::${account}:federated-user/${name}`
