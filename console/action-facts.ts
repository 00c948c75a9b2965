import type { Plugin } from 'vite'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const id = 'gatehouse-actions'
const file = fileURLToPath(new URL('../src/catalogue/facts/authorization-facts.json', import.meta.url))

interface Facts {
  readonly services: { readonly [prefix: string]: { readonly actions: readonly (readonly [name: string, level: string, ...unknown[]])[] } }
}

/** A Vite plugin: `gatehouse-actions` is every action of every service with its access level. Service Authorization Reference. */
export const actionFacts = (): Plugin => ({
  name: id,
  resolveId: asked => (asked === id ? `\0${id}` : undefined),
  load(asked) {
    if (asked !== `\0${id}`) return undefined
    this.addWatchFile(file)
    const { brotli } = JSON.parse(readFileSync(file, 'utf8')) as { readonly brotli: string }
    const { services } = JSON.parse(brotliDecompressSync(Buffer.from(brotli, 'base64')).toString('utf8')) as Facts
    const actions = Object.fromEntries(
      Object.entries(services).map(([prefix, service]) => [prefix, service.actions.map(([name, level]) => `${level}${name}`).join(' ')]),
    )
    return `export default JSON.parse(${JSON.stringify(JSON.stringify(actions))})`
  },
})
