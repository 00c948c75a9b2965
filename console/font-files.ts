import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

const inlined = /url\((["']?)data:font\/woff2;(?:charset=utf-8;)?base64,([A-Za-z0-9+/=]+)\1\)/g

/** A Vite plugin: fonts that a style sheet carries inside itself become files, loaded when they are used and allowed by a policy without `data:`. */
export const fontFiles = (): Plugin => ({
  name: 'gatehouse-font-files',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue
      file.source = String(file.source).replaceAll(inlined, (_, _quote, base64: string) => {
        const source = Buffer.from(base64, 'base64')
        const name = `font-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.woff2`
        this.emitFile({ type: 'asset', fileName: `assets/${name}`, source })
        return `url(${name})`
      })
    }
  },
})
