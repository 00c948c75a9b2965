import type { Plugin } from 'vite'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** A Vite plugin: beside each script and style sheet lies the same in gzip, which the server sends to browsers that take it. */
export const compressedFiles = (): Plugin => ({
  name: 'gatehouse-compressed-files',
  writeBundle({ dir = '' }, bundle) {
    for (const fileName of Object.keys(bundle)) {
      if (!/\.(js|css|svg)$/.test(fileName)) continue
      writeFileSync(join(dir, `${fileName}.gz`), gzipSync(readFileSync(join(dir, fileName))))
    }
  },
})
