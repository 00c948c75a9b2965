declare module 'gatehouse-model:*' {
  import type { ClientModel } from './client-model.ts'

  const model: ClientModel
  export default model
}
