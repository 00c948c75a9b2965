import { lexer, type Token, type Tokens } from 'marked'
import type { Plugin } from 'vite'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Block, Document, Inline } from './documentation/document.ts'

const id = 'gatehouse-documents'
const prefix = 'gatehouse-document:'
const folder = fileURLToPath(new URL('../docs', import.meta.url))

/** A Vite plugin: `gatehouse-documents` lists docs/, each document in a file of its own that loads when it is read. */
export const documents = (): Plugin => ({
  name: id,
  resolveId: asked => (asked === id || asked.startsWith(prefix) ? `\0${asked}` : undefined),
  load(asked) {
    if (asked.startsWith(`\0${prefix}`)) {
      const file = join(folder, `${asked.slice(prefix.length + 1)}.md`)
      this.addWatchFile(file)
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(readDocument(asked.slice(prefix.length + 1))))})`
    }
    if (asked !== `\0${id}`) return undefined
    const listed = names().map(name => {
      const { title, sections } = readDocument(name)
      return `{ name: ${JSON.stringify(name)}, title: ${JSON.stringify(title)}, sections: ${JSON.stringify(sections)}, load: () => import('${prefix}${name}') }`
    })
    return `export default [${listed.join(',\n')}]`
  },
})

const names = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => name.slice(0, -'.md'.length))
    .toSorted()

const readDocument = (name: string): Document => documentOf(name, readFileSync(join(folder, `${name}.md`), 'utf8'))

/** Markdown as the console shows it. HTML in it is text, and only links within the console and to https addresses lead anywhere. */
export function documentOf(name: string, text: string): Document {
  const blocks = blocksOf(lexer(text), name)
  const headings = blocks.filter(block => block.kind === 'heading')
  const [first] = headings.filter(({ depth }) => depth === 1)
  return {
    name,
    title: first ? textOf(first.inlines) : name,
    sections: headings.filter(({ depth }) => depth > 1).map(({ id: section, inlines }) => ({ id: section, title: textOf(inlines) })),
    blocks,
  }
}

const blocksOf = (tokens: readonly Token[], name: string): Block[] => tokens.flatMap(token => blockOf(token, name))

function blockOf(token: Token, name: string): Block[] {
  const inlines = (some: readonly Token[] | undefined) => inlinesOf(some ?? [], name)
  switch (token.type) {
    case 'heading': {
      const { depth, tokens } = token as Tokens.Heading
      const content = inlines(tokens)
      return [{ kind: 'heading', depth, id: anchorOf(textOf(content)), inlines: content }]
    }
    case 'paragraph':
    case 'text': {
      const { tokens, text } = token as Tokens.Paragraph
      const content = tokens ? inlines(tokens) : [{ kind: 'text' as const, text }]
      return textOf(content).trim() === '' ? [] : [{ kind: 'paragraph', inlines: content }]
    }
    case 'code':
      return [{ kind: 'code', text: (token as Tokens.Code).text }]
    case 'blockquote':
      return [{ kind: 'quote', blocks: blocksOf((token as Tokens.Blockquote).tokens, name) }]
    case 'list': {
      const { ordered, items } = token as Tokens.List
      return [{ kind: 'list', ordered, items: items.map(({ tokens }) => blocksOf(tokens, name)) }]
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table
      const cell = ({ tokens }: Tokens.TableCell) => inlines(tokens)
      return [{ kind: 'table', header: header.map(cell), rows: rows.map(row => row.map(cell)) }]
    }
    case 'html':
      return [{ kind: 'code', text: token.raw.trim() }]
    default:
      return []
  }
}

const inlinesOf = (tokens: readonly Token[], name: string): Inline[] => tokens.flatMap(token => inlineOf(token, name))

function inlineOf(token: Token, name: string): Inline[] {
  const inner = () => inlinesOf((token as { readonly tokens?: readonly Token[] }).tokens ?? [], name)
  switch (token.type) {
    case 'strong':
      return [{ kind: 'strong', inlines: inner() }]
    case 'em':
      return [{ kind: 'emphasis', inlines: inner() }]
    case 'codespan':
      return [{ kind: 'code', text: (token as Tokens.Codespan).text }]
    case 'br':
      return [{ kind: 'text', text: '\n' }]
    case 'link': {
      const href = addressOf((token as Tokens.Link).href, name)
      return href === undefined ? inner() : [{ kind: 'link', href, inlines: inner() }]
    }
    // The pictures are of the pages that one is in.
    case 'image':
      return []
    case 'escape':
    case 'text': {
      const { tokens, text } = token as Tokens.Text
      return tokens ? inlinesOf(tokens, name) : [{ kind: 'text', text }]
    }
    default:
      return [{ kind: 'text', text: token.raw }]
  }
}

/** Where a link leads in the console; undefined for files of the repository that are no documents. */
function addressOf(href: string, name: string): string | undefined {
  if (href.startsWith('https://')) return href
  if (href.startsWith('#')) return documentPath(name, href.slice(1))
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return undefined
  const { pathname, hash } = new URL(href, `https://docs/docs/${name}.md`)
  const [, target] = /^\/docs\/(.+)\.md$/.exec(pathname) ?? []
  return target === undefined ? undefined : documentPath(target, hash.slice(1))
}

const documentPath = (name: string, section: string) =>
  `#/documentation/${encodeURIComponent(name)}${section && `?section=${encodeURIComponent(section)}`}`

const textOf = (inlines: readonly Inline[]): string =>
  inlines.map(inline => ('inlines' in inline ? textOf(inline.inlines) : inline.text)).join('')

/** As GitHub makes anchors of headings. */
const anchorOf = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
