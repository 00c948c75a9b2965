import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { UserPrincipal } from '../../../src/identity/principal.ts'
import { answerConsole } from '../../../src/server/console/console.ts'
import type { ConsoleParts } from '../../../src/server/console/console-parts.ts'
import { serveStaticFiles } from '../../../src/server/console/static-files.ts'
import { keepRootUser } from '../../../src/server/root-user.ts'
import { createConsoleSessions } from '../../../src/services/signin/console-sessions.ts'
import { createKeyRegistration } from '../../../src/services/signin/security-keys.ts'
import { createSignIn } from '../../../src/services/signin/sign-in.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import type { WireRequest } from '../../../src/wire/message.ts'
import { openPipelineHouse, type PipelineHouse, signedRequest, wireRequest } from '../house.ts'

export const account = '123456789012'
export const rootEmail = 'root@example.com'
export const rootPassword = 'Correct-Horse-1'
export const origin = 'https://localhost:4443'
export const agent = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/149.0'

export interface ConsoleAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: { readonly [name: string]: unknown }
}

/** A browser with its one cookie. */
export interface Browser {
  readonly cookie: () => string | undefined
  get(path: string, headers?: { readonly [name: string]: string }): Promise<ConsoleAnswer>
  /** Posts to /console/session/ACTION as the console's page does. */
  post(action: string, body: object, headers?: { readonly [name: string]: string | undefined }): Promise<ConsoleAnswer>
  /** Signs in, and takes the CSRF token of the session. */
  signIn(request: object): Promise<ConsoleAnswer>
  forgetCsrf(): void
}

export interface ConsoleHouse extends PipelineHouse {
  readonly parts: ConsoleParts
  /** Lets time pass. */
  pass(seconds: number): void
  time(): number
  browser(facts?: Partial<Pick<WireRequest, 'remoteAddress' | 'secure'>>): Browser
  /** A call of IAM or STS by the administrator. */
  administrator(service: string, operation: string, input: object): Promise<JsonObject>
  /** A Query call with somebody's own keys; its status and text. */
  query(service: 'iam' | 'sts', parameters: { readonly [name: string]: string }, keys: object): Promise<{ status: number; text: string }>
  records(eventName: string): Promise<JsonObject[]>
}

export const builtConsole = fileURLToPath(new URL('built-console', import.meta.url))
const minutes = (count: number) => count * 60_000
const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const

export async function openConsoleHouse(folder = builtConsole): Promise<ConsoleHouse> {
  let late = 0
  const clock = () => Date.UTC(2026, 0, 15, 12, 0, 0) + late
  const house = await openPipelineHouse(clock)
  const { world } = house
  await keepRootUser(world.store, account, { rootEmail, rootPassword }, world.random, clock())
  const parts: ConsoleParts = {
    world,
    signIn: createSignIn(world, {
      ofUser: { most: 5, lockMilliseconds: minutes(5) },
      ofAddress: { most: 20, lockMilliseconds: minutes(5) },
    }),
    sessions: createConsoleSessions(world, minutes(120)),
    keys: createKeyRegistration(world),
    files: serveStaticFiles(join(folder)),
    now: clock,
  }
  const row = await world.store.read(tx => tx.selectFrom('users').selectAll().executeTakeFirstOrThrow())
  const arn = `arn:aws:iam::${account}:user/${row.name}`
  const who = { type: 'user', account, arn, principalId: row.id, accessKeyId: 'AKIATEST', userId: row.id, userName: row.name }

  const answerTo = async (request: WireRequest): Promise<ConsoleAnswer> => {
    const { status, headers, body } = await answerConsole(parts, request)
    const text = Buffer.from(body as string).toString('utf8')
    return { status, headers, body: headers['content-type'] === 'application/json' ? JSON.parse(text) : { text } }
  }

  return {
    ...house,
    parts,
    pass: seconds => void (late += seconds * 1000),
    time: clock,
    browser(facts = {}) {
      let cookie: string | undefined
      let csrf = ''
      const send = async (draft: Parameters<typeof wireRequest>[0]) => {
        const headers = { 'user-agent': agent, ...(cookie !== undefined && { cookie }), ...draft.headers }
        const answer = await answerTo({ ...wireRequest({ ...draft, headers }, clock()), ...facts })
        const set = answer.headers['set-cookie']
        if (set !== undefined) cookie = set.includes('Max-Age=0') ? undefined : (set.split(';')[0] as string)
        return answer
      }
      const browser: Browser = {
        cookie: () => cookie,
        forgetCsrf: () => void (csrf = ''),
        get: (path, headers = {}) => send({ method: 'GET', path, headers }),
        post(action, body, headers = {}) {
          const all = {
            origin: facts.secure === false ? origin.replace('https', 'http') : origin,
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/json',
            'x-gatehouse-csrf': csrf,
            referer: `${origin}/console/`,
            ...headers,
          }
          const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as { [name: string]: string }
          return send({ path: `/console/session/${action}`, headers: sent, body: JSON.stringify(body) })
        },
        async signIn(request) {
          const answer = await browser.post('sign-in', request)
          const session = await browser.get('/console/session')
          csrf = String(session.body['csrfToken'] ?? '')
          return answer
        },
      }
      return browser
    },
    administrator: async (service, operation, input) =>
      (await world.calls.onBehalfOf(who as UserPrincipal, 'cloudformation.amazonaws.com', {
        service,
        operation,
        input: input as JsonObject,
      })) as JsonObject,
    async query(service, parameters, keys) {
      const { accessKeyId, secretAccessKey, sessionToken } = keys as { [name: string]: string }
      const credentials = { accessKeyId, secretAccessKey, sessionToken } as PipelineHouse['credentials']
      const draft = {
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': agent },
        body: new URLSearchParams({ Version: versions[service], ...parameters }).toString(),
      }
      const { status, body } = await house.send(signedRequest(draft, { credentials, now: clock() }, { region: 'us-east-1', service }))
      return { status, text: String(body) }
    },
    async records(eventName) {
      const rows = await world.store.read(tx =>
        tx.selectFrom('records').select('json').where('eventName', '=', eventName).orderBy('seq').execute(),
      )
      return rows.map(({ json }) => JSON.parse(json) as JsonObject)
    },
  }
}

/** A user with a password, and what the user may do. */
export async function makePerson(
  house: ConsoleHouse,
  userName: string,
  password: string,
  extra: object = {},
  allowed = '*',
): Promise<string> {
  const { User } = (await house.administrator('iam', 'CreateUser', { UserName: userName })) as { User: { UserId: string } }
  await house.administrator('iam', 'PutUserPolicy', {
    UserName: userName,
    PolicyName: 'own',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: allowed, Resource: '*' }] }),
  })
  await house.administrator('iam', 'CreateLoginProfile', { UserName: userName, Password: password, ...extra })
  return User.UserId
}
