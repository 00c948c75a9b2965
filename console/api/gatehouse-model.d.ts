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
  import type { Document as Page, DocumentSummary } from '../documentation/document.ts'

  interface ListedDocument extends DocumentSummary {
    readonly load: () => Promise<{ default: Page }>
  }
  const documents: readonly ListedDocument[]
  export default documents
}
