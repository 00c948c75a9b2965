import { EKSClient } from '@aws-sdk/client-eks'
import { AttachUserPolicyCommand, CreateLoginProfileCommand, CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import type { Client } from '../../src/cli/client.ts'
import type { Browser } from 'playwright-core'
import { discard, startGatehouse, type TestGatehouse } from '../e2e/gatehouse.ts'
import { type ColorScheme, openBrowser, openVisitor, signIn, type Visitor } from './console-browser.ts'

export const password = 'Correct-Horse-7-Battery'

/** A Gatehouse with its console, a browser, and the administrator's clients to make things with and to look at what the console did. */
export interface ConsoleHouse {
  readonly gatehouse: TestGatehouse
  readonly browser: Browser
  readonly account: string
  readonly iam: IAMClient
  readonly eks: EKSClient
  /** The administrator's as well, for thousands of calls: the SDK takes five times as long. */
  readonly client: Client
  /** A new browser of nobody. */
  visitor(origin?: string, colorScheme?: ColorScheme): Promise<Visitor>
  /** A new IAM user with a password and AWS managed policies. */
  createPerson(userName: string, policies: readonly string[], options?: { readonly passwordResetRequired?: boolean }): Promise<void>
  /** Signed in as a user that `createPerson` made. */
  signedIn(userName: string, path?: string, colorScheme?: ColorScheme): Promise<Visitor>
  close(): Promise<void>
}

/** @param environment  of Gatehouse, besides what tests share */
export async function openConsoleHouse(environment: { readonly [name: string]: string } = {}): Promise<ConsoleHouse> {
  const [gatehouse, browser] = await Promise.all([startGatehouse({ environment }), openBrowser()])
  const { environment: keys, endpoint, httpEndpoint } = gatehouse
  const settings = {
    endpoint: httpEndpoint,
    region: keys['AWS_REGION'] as string,
    credentials: {
      accessKeyId: keys['AWS_ACCESS_KEY_ID'] as string,
      secretAccessKey: keys['AWS_SECRET_ACCESS_KEY'] as string,
    },
  }
  const iam = new IAMClient(settings)
  const eks = new EKSClient(settings)
  const { User } = await iam.send(new GetUserCommand({}))
  const account = User?.Arn?.split(':')[4] as string
  const visitor = (origin = endpoint, colorScheme?: ColorScheme) => openVisitor(browser, origin, colorScheme)
  return {
    gatehouse,
    browser,
    account,
    iam,
    eks,
    client: { ...settings, certificateAuthorityPem: undefined, certificateAuthorityFile: undefined },
    visitor,
    async createPerson(UserName, policies, { passwordResetRequired = false } = {}) {
      await iam.send(new CreateUserCommand({ UserName }))
      await iam.send(new CreateLoginProfileCommand({ UserName, Password: password, PasswordResetRequired: passwordResetRequired }))
      for (const name of policies) await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }))
    },
    async signedIn(userName, path, colorScheme) {
      const signed = await visitor(endpoint, colorScheme)
      await signIn(signed, { account, userName, password }, path)
      return signed
    },
    async close() {
      await browser.close()
      await discard(gatehouse)
    },
  }
}
