// node bench/console/main.ts [--rounds 7]: how long the console takes to its first page, on loopback, beside the same browser and a bare page of the same server.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { startGatehouse } from '../../test/e2e/gatehouse.ts'
import { median } from '../figures.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const rounds = Number(values.rounds)
const executablePath = process.env['GATEHOUSE_TEST_CHROMIUM']
if (!executablePath) throw new Error('GATEHOUSE_TEST_CHROMIUM is not set: it is the path of Chromium')
const root = { email: 'root@example.com', password: 'Correct-Horse-1-Root' }

/** Bytes of the script that every page loads first, as they go over the wire. */
function mainScriptBytes(): number {
  const built = fileURLToPath(new URL('../../dist/console/', import.meta.url))
  const [, script = ''] = /<script type="module"[^>]* src="\/console\/([^"]+)"/.exec(readFileSync(join(built, 'index.html'), 'utf8')) ?? []
  return gzipSync(readFileSync(join(built, script))).length
}

/** From the address typed to what is looked for being there, in a browser with empty caches each time. */
async function milliseconds(browser: Browser, address: string, selector: string, state?: Awaited<ReturnType<typeof sessionOf>>) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...(state && { storageState: state }) })
  const page = await context.newPage()
  const begun = performance.now()
  await page.goto(address, { waitUntil: 'commit' })
  await page.locator(selector).first().waitFor()
  const took = performance.now() - begun
  await context.close()
  return took
}

/** The cookies of somebody who is signed in. */
async function sessionOf(browser: Browser, origin: string) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await page.goto(`${origin}/console/`)
  await page.getByRole('radio', { name: /Root user/ }).check()
  await page.getByLabel('Root user email address').fill(root.email)
  await page.getByLabel('Password', { exact: true }).fill(root.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.locator('#top-bar').waitFor()
  const state = await context.storageState()
  await context.close()
  return state
}

const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const gatehouse = await startGatehouse({
  data,
  environment: { GATEHOUSE_ROOT_EMAIL: root.email, GATEHOUSE_ROOT_PASSWORD: root.password },
})
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const { endpoint } = gatehouse
  const state = await sessionOf(browser, endpoint)
  const figures: { [name: string]: number[] } = { bare: [], signIn: [], dashboard: [], users: [] }
  for (let round = 0; round < rounds; round++) {
    // The baseline: an answer of the same server over the same TLS, which needs no script.
    figures['bare']?.push(await milliseconds(browser, `${endpoint}/console/session`, 'body'))
    figures['signIn']?.push(await milliseconds(browser, `${endpoint}/console/`, 'h1'))
    figures['dashboard']?.push(await milliseconds(browser, `${endpoint}/console/#/`, 'h1', state))
    figures['users']?.push(await milliseconds(browser, `${endpoint}/console/#/iam/users`, 'table tbody tr', state))
  }
  const told = Object.fromEntries(
    Object.entries(figures).map(([name, each]) => [name, { median: Math.round(median(each)), slowest: Math.round(Math.max(...each)) }]),
  )
  console.log(JSON.stringify({ rounds, milliseconds: told, mainScriptGzippedBytes: mainScriptBytes() }, undefined, 2))
} finally {
  await browser.close()
  await gatehouse.stop()
  rmSync(data, { recursive: true, force: true })
}
