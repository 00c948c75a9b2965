import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import type { CSSProperties, ReactNode } from 'react'
import type { Block, Inline } from './document.ts'

/** The parts of a document never change places: where one stands is what it is known by. */
const each = <Item,>(items: readonly Item[], show: (item: Item, key: string) => ReactNode) =>
  items.map((item, index) => show(item, String(index)))

export const Blocks = ({ blocks }: { readonly blocks: readonly Block[] }) => each(blocks, (block, key) => <One key={key} block={block} />)

const headings = { 1: 'h2', 2: 'h2', 3: 'h3' } as const
const scrolled: CSSProperties = { overflowX: 'auto', margin: '0 0 12px' }
const cell: CSSProperties = { textAlign: 'left', verticalAlign: 'top', padding: '4px 12px 4px 0' }

function One({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      return (
        <div id={block.id} style={{ scrollMarginTop: '80px' }}>
          <Box variant={headings[block.depth as keyof typeof headings] ?? 'h4'} padding={{ top: 'm', bottom: 'xs' }}>
            <Inlines inlines={block.inlines} />
          </Box>
        </div>
      )
    case 'paragraph':
      return (
        <Box variant="p">
          <Inlines inlines={block.inlines} />
        </Box>
      )
    case 'code':
      return (
        // What is wider than the page is scrolled, by keys too.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: W3C technique G202
        <section aria-label="Code" tabIndex={0} style={scrolled}>
          <Box variant="pre">{block.text}</Box>
        </section>
      )
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul'
      return (
        <List>
          {each(block.items, (item, key) => (
            <li key={key}>{<Blocks blocks={item} />}</li>
          ))}
        </List>
      )
    }
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      )
    case 'table':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: W3C technique G202
        <section aria-label="Table" tabIndex={0} style={scrolled}>
          <table>
            <thead>
              <tr>
                {each(block.header, (inlines, key) => (
                  <th key={key} scope="col" style={cell}>
                    <Inlines inlines={inlines} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {each(block.rows, (row, key) => (
                <tr key={key}>
                  {each(row, (inlines, column) => (
                    <td key={column} style={cell}>
                      <Inlines inlines={inlines} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )
  }
}

const Inlines = ({ inlines }: { readonly inlines: readonly Inline[] }) =>
  each(inlines, (inline, key) => <Piece key={key} inline={inline} />)

function Piece({ inline }: { readonly inline: Inline }) {
  switch (inline.kind) {
    case 'text':
      return inline.text
    case 'code':
      return <Box variant="code">{inline.text}</Box>
    case 'strong':
      return (
        <strong>
          <Inlines inlines={inline.inlines} />
        </strong>
      )
    case 'emphasis':
      return (
        <em>
          <Inlines inlines={inline.inlines} />
        </em>
      )
    case 'link':
      return (
        <Link href={inline.href} external={inline.href.startsWith('https:')} variant="primary">
          <Inlines inlines={inline.inlines} />
        </Link>
      )
  }
}
