import { CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam'
import type { TestGatehouse } from '../e2e/gatehouse.ts'

/** An administrator who asks once, and hears what became of it. */
export interface Administrator {
  readonly iam: IAMClient
  create(userName: string): Promise<string>
  find(userName: string): Promise<string>
}

export function administratorOf({ httpEndpoint, environment }: TestGatehouse): Administrator {
  const iam = new IAMClient({
    endpoint: httpEndpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string,
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string,
    },
  })
  return {
    iam,
    create: UserName => outcome(iam.send(new CreateUserCommand({ UserName }))),
    find: UserName => outcome(iam.send(new GetUserCommand({ UserName }))),
  }
}

/** `done`, or the error's status and name. */
export const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (problem: { name: string; $metadata?: { httpStatusCode?: number } }) => `${problem.$metadata?.httpStatusCode ?? ''} ${problem.name}`,
  )

/** What a process says on standard error from now on. */
export function logOf({ process: child }: TestGatehouse): { text: string } {
  const log = { text: '' }
  child.stderr?.on('data', (chunk: Buffer) => {
    log.text += chunk.toString()
  })
  return log
}
