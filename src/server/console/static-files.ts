import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import type { WireRequest } from '../../wire/message.ts'
import type { StreamedResponse } from '../listeners/exchange.ts'

/** Media types of what Vite builds. */
const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

/** Encodings that a file may lie beside itself in, best first. */
const encodings = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const

interface StaticFile {
  readonly type: string
  readonly etag: string
  readonly body: Uint8Array
  /** The same by content coding. */
  readonly encoded: ReadonlyMap<string, Uint8Array>
}

type Files = ReadonlyMap<string, StaticFile>

/** Answers for paths under /console/. */
export type StaticFiles = (request: WireRequest) => StreamedResponse

/**
 * The built console. Its files are read once, and again when it is built anew: only what was in the folder then is ever served, whatever a path looks like.
 * @param folder  where Vite builds to
 */
export function serveStaticFiles(folder: string): StaticFiles {
  let builtAt = 0
  let files: Files = new Map()
  return request => {
    const changed = statSync(join(folder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changed !== builtAt) {
      files = changed === 0 ? new Map() : readFiles(folder)
      builtAt = changed
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'method not allowed', { allow: 'GET, HEAD' })
    if (files.size === 0) return notBuilt()
    const path = request.path.slice('/console/'.length)
    const file = files.get(path)
    if (file && path !== 'index.html') return answer(file, request, path.startsWith('assets/') ? immutable : 'no-cache')
    // What has an extension is a file that is not there; all else is a page of the console, which finds its way in the browser.
    if (path.startsWith('assets/') || extname(path) in types) return text(404, 'not found')
    return answer(files.get('index.html') as StaticFile, request, 'no-cache')
  }
}

/** Names under assets/ hold a hash of what is in them. */
const immutable = 'public, max-age=31536000, immutable'

function readFiles(folder: string): Files {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
  const all = new Set(paths)
  return new Map(
    paths.filter(path => extname(path) in types).map(path => [path, readFile(folder, path, all)] satisfies [string, StaticFile]),
  )
}

function readFile(folder: string, path: string, all: ReadonlySet<string>): StaticFile {
  const body = readFileSync(join(folder, path))
  const encoded = new Map(
    encodings
      .filter(({ extension }) => all.has(path + extension))
      .map(({ name, extension }) => [name, readFileSync(join(folder, path + extension))] satisfies [string, Uint8Array]),
  )
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  return { type: types[extname(path)] as string, etag, body, encoded }
}

function answer({ type, etag, body, encoded }: StaticFile, { headers }: WireRequest, cacheControl: string): StreamedResponse {
  const common = { 'content-type': type, 'cache-control': cacheControl, etag, vary: 'accept-encoding' }
  if (headers['if-none-match'] === etag) return { status: 304, headers: common, body: '' }
  const accepted = (headers['accept-encoding'] ?? '').split(',').map(coding => coding.trim().toLowerCase())
  const coding = [...encoded.keys()].find(name =>
    accepted.some(one => one === name || (one.startsWith(`${name};`) && !/q=0(\.0*)?$/.test(one))),
  )
  if (coding === undefined) return { status: 200, headers: common, body }
  return { status: 200, headers: { ...common, 'content-encoding': coding }, body: encoded.get(coding) as Uint8Array }
}

const notBuilt = (): StreamedResponse => ({
  status: 503,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gatehouse console</title></head>
<body><h1>The console is not built</h1>
<p>Run <code>npm run build</code> in the folder of Gatehouse, then load this page again. Nothing needs to be restarted.</p></body></html>
`,
})

const text = (status: number, body: string, headers: { readonly [name: string]: string } = {}): StreamedResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: `${body}\n`,
})
