declare module 'gatehouse-model:*' {
  import type { ClientModel } from './client-model.ts'

  const model: ClientModel
  export default model
}

declare module 'gatehouse-actions' {
  /** By service prefix: names of actions, each after its access level's letter, with spaces between. */
  const actions: { readonly [prefix: string]: string }
  export default actions
}

declare module 'gatehouse-documents' {
  /** A DocumentSummary of documentation/document.ts, and what gives its Document: modules such as this one cannot import relative names. */
  interface ListedDocument {
    readonly name: string
    readonly title: string
    readonly sections: readonly { readonly id: string; readonly title: string }[]
    readonly load: () => Promise<{ default: unknown }>
  }
  const documents: readonly ListedDocument[]
  export default documents
}
