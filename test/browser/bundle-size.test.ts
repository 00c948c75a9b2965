import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../e2e/gatehouse.ts'

const folder = join(root, 'dist/console')
/** Bytes of scripts in gzip that load before the first page shows. */
const mostAtStart = 350 * 1024

const gzipped = (file: string) => gzipSync(readFileSync(join(folder, file))).length

describe('the built console', () => {
  beforeAll(async () => {
    const { buildIfStale } = (await import(join(root, 'scripts/build.mjs'))) as { buildIfStale(): Promise<void> }
    await buildIfStale()
  })

  test('loads less than 350 kB of scripts to show its first page', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    const scripts = [...page.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file as string)
    expect(scripts.length).toBeGreaterThan(0)
    expect(scripts.reduce((size, file) => size + gzipped(file), 0)).toBeLessThan(mostAtStart)
  })

  test('has a script of its own for each page', () => {
    const pages = readdirSync(join(folder, 'assets')).filter(name => /-page-[\w-]+\.js$/.test(name))
    expect(pages.length).toBeGreaterThan(25)
  })

  test('names nothing that a browser would have to load from elsewhere', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    expect(page).not.toMatch(/https?:\/\/|<script>|<style|data:/)
    const styles = readdirSync(join(folder, 'assets')).filter(name => name.endsWith('.css'))
    for (const name of styles) expect(readFileSync(join(folder, 'assets', name), 'utf8')).not.toMatch(/url\(["']?(https?:|\/\/|data:font)/)
  })
})
