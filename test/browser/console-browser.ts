import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { root } from '../e2e/gatehouse.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Chromium's path; undefined where there is none, and the tests are skipped. */
export const chromiumPath = process.env['GATEHOUSE_TEST_CHROMIUM']

/** Where screenshots go; they are written only when asked for, so that a test run leaves the tree as it is. */
const screenshots = process.env['GATEHOUSE_SCREENSHOTS'] ? join(root, 'docs/console') : undefined

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(chromiumPath && { executablePath: chromiumPath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** A person's browser: its own cookies and storage. What a page complains of is kept. */
export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of scripts, and what the content security policy refused. */
  readonly complaints: readonly string[]
  /** Opens a page of the console by its address, such as `/iam/users`. */
  open(path: string): Promise<void>
}

export type ColorScheme = 'light' | 'dark'

export async function openVisitor(browser: Browser, origin: string, colorScheme: ColorScheme = 'light'): Promise<Visitor> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1120, height: 680 },
    colorScheme,
    timezoneId: 'UTC',
    // What fades in has too little contrast half-way.
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', problem => complaints.push(problem.message))
  page.on('console', message => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text())
  })
  return {
    context,
    page,
    complaints,
    async open(path) {
      await page.goto(`${origin}/console/#${path}`)
      // An address without a path of its own is another page only when the router has seen it.
      await page
        .locator(`[data-address="${path}"]`)
        .or(page.getByRole('heading', { name: 'Sign in' }))
        .waitFor()
      await vi.waitFor(async () => expect(await page.locator(loading).count(), `parts of ${path} that are loading`).toBe(0), {
        timeout: 30_000,
        interval: 50,
      })
    },
  }
}

/** Spinners, and tables that wait for their rows. */
const loading = '[class*="awsui_circle-left_"], [class*="awsui_status-loading"]'

interface Person {
  readonly account: string
  readonly userName: string
  readonly password: string
}

/** Fills in the first step of signing in. */
export async function givePassword({ page }: Visitor, { account, userName, password }: Person): Promise<void> {
  await page.getByLabel('Account ID or account alias').fill(account)
  await page.getByLabel('IAM user name').fill(userName)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

export async function signIn(visitor: Visitor, person: Person, path = '/'): Promise<void> {
  await visitor.open(path)
  await givePassword(visitor, person)
  await visitor.page.locator('#top-bar').waitFor()
}

export async function signOut({ page }: Visitor): Promise<void> {
  await page.getByRole('button', { name: /^Account:/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** No serious and no critical issue by axe. Evaluated by the debugger, which the page's content security policy does not bind. */
export async function expectAccessible({ context, page }: Visitor): Promise<void> {
  const session = await context.newCDPSession(page)
  const known = (await page.evaluate('typeof axe')) === 'object'
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${known ? '' : axe};axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations))`,
    awaitPromise: true,
  })
  await session.detach()
  const violations = JSON.parse(String(result.value)) as Violation[]
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}: ${nodes[0]?.failureSummary}`)
  expect(told, `serious issues of ${page.url()}: ${told.join('; ')}`).toEqual([])
}

/**
 * Writes docs/console/NAME.jpg when screenshots are asked for: a third of what they would be as PNG. A picture whose page says the same, but for times, ids and counts, stays
 * as it is, unless all are asked for.
 */
export async function screenshot({ page }: Visitor, name: string): Promise<void> {
  if (!screenshots) return
  mkdirSync(screenshots, { recursive: true })
  const file = join(screenshots, `${name}.jpg`)
  const content = contentOf(await page.locator('body').innerText())
  if (process.env['GATEHOUSE_SCREENSHOTS'] !== 'all' && existsSync(file) && commentOf(readFileSync(file)) === content) return
  const picture = await page.screenshot({ type: 'jpeg', quality: 62, animations: 'disabled', caret: 'hide' })
  writeFileSync(file, withComment(picture, content))
}

const contentOf = (text: string) =>
  createHash('sha256')
    .update(text.replaceAll(/\b[\w-]*\d[\w-]*\b/g, '').replaceAll(/\s+/g, ' '))
    .digest('hex')

/** JPEG's comment segment, the first of the file. ITU-T T.81, B.2.4.5. */
const commentMarker = Buffer.from([0xff, 0xfe])

function withComment(picture: Buffer, comment: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(comment.length + 2)
  return Buffer.concat([picture.subarray(0, 2), commentMarker, length, Buffer.from(comment, 'latin1'), picture.subarray(2)])
}

const commentOf = (picture: Buffer) =>
  picture.subarray(2, 4).equals(commentMarker) ? picture.subarray(6, 4 + picture.readUInt16BE(4)).toString('latin1') : undefined
