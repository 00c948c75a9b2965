import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runProcess } from './run-process.ts'

/** What a pod's process gets. */
export interface PodProcess {
  /** The container's variables. */
  readonly environment: { readonly [name: string]: string }
  /** What a process outside the cluster needs besides, where the container sets nothing of that name. */
  readonly outside: { readonly [name: string]: string }
  /** Token files that the kubelet would write, by the path that the container sees. */
  readonly tokens: readonly PodToken[]
}

export interface PodToken {
  readonly path: string
  /** Asks for a new token. `expiresAt` is epoch milliseconds. */
  issue(): Promise<{ readonly token: string; readonly expiresAt: number }>
}

/** Variables of the caller that would give the process the caller's identity instead of the pod's. */
const identityVariables =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE_ARN|ROLE_SESSION_NAME|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*|SHARED_CREDENTIALS_FILE|CONFIG_FILE|CREDENTIAL_EXPIRATION)$/

/**
 * Runs a local process with a pod's environment. Token files are below a temporary folder, as the pod's own path is not ours to write;
 * variables point there. They are renewed as the kubelet renews them, at four fifths of their life.
 * @returns the exit code: the process's own, or 128 and the signal that ended it
 * @see     Kubernetes documentation, "Managing Service Accounts", "Bound service account tokens"
 */
export async function runAsPod(words: readonly string[], { environment, outside, tokens }: PodProcess): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-run-'))
  const stops: (() => void)[] = []
  try {
    for (const token of tokens) stops.push(await keepFresh(join(folder, token.path), token))
    const relocated = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, tokens.some(({ path }) => path === value) ? join(folder, value) : value]),
    )
    return await runProcess(words, { ...withoutIdentity(process.env), ...nowhere(folder), ...outside, ...relocated })
  } finally {
    for (const stop of stops) stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const withoutIdentity = (variables: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !identityVariables.test(name)))

/** A pod has no home folder with profiles in it. */
const nowhere = (folder: string) => ({
  AWS_CONFIG_FILE: join(folder, 'no-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
})

const shareOfLife = 0.8
const retryMilliseconds = 10_000
const longestTimer = 2 ** 31 - 1

/** Writes a token and keeps it fresh. @returns a function that stops */
async function keepFresh(file: string, { issue }: PodToken): Promise<() => void> {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const renew = async (): Promise<void> => {
    const { token, expiresAt } = await issue()
    if (stopped) return
    writeToken(file, token)
    schedule((expiresAt - Date.now()) * shareOfLife)
  }
  const schedule = (milliseconds: number) => {
    const again = () =>
      renew().catch((problem: unknown) => {
        console.error(`gatehouse: the token could not be renewed: ${problem instanceof Error ? problem.message : String(problem)}`)
        if (!stopped) schedule(retryMilliseconds)
      })
    timer = setTimeout(() => void again(), Math.min(Math.max(milliseconds, 1_000), longestTimer))
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  await renew()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** Readers see the old token or the new one, never a part. */
function writeToken(file: string, token: string): void {
  writeFileSync(`${file}.new`, token, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
