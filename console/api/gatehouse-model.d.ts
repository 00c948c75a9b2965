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
  import type { DocumentSummary } from '../documentation/document.ts'

  const documents: readonly (DocumentSummary & {
    readonly load: () => Promise<{ default: import('../documentation/document.ts').Document }>
  })[]
  export default documents
}
