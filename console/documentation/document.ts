/** A document as the console shows it: Markdown in parts, of which none is HTML. */
export interface Document extends DocumentSummary {
  readonly blocks: readonly Block[]
}

export interface DocumentSummary {
  /** Its file's name without the ending. */
  readonly name: string
  readonly title: string
  readonly sections: readonly { readonly id: string; readonly title: string }[]
}

export type Block =
  | { readonly kind: 'heading'; readonly depth: number; readonly id: string; readonly inlines: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | {
      readonly kind: 'table'
      readonly header: readonly (readonly Inline[])[]
      readonly rows: readonly (readonly (readonly Inline[])[])[]
    }

export type Inline =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly inlines: readonly Inline[] }
