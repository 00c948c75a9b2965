import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { actionFacts } from './action-facts.ts'
import { clientModels } from './client-models.ts'
import { compressedFiles } from './compressed-files.ts'
import { documents } from './documents.ts'
import { fontFiles } from './font-files.ts'

// The console is served by Gatehouse under /console/; dist/console is what scripts/build.mjs makes of this folder.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  logLevel: 'warn',
  plugins: [react(), clientModels(), actionFacts(), documents(), fontFiles(), compressedFiles()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // Content security policy: nothing comes from data: addresses.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router|@tanstack)[\\/]/ }],
        },
      },
    },
  },
})
