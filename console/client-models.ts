import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import type { ClientMember, ClientModel, ClientShape } from './api/client-model.ts'
import type { Member, ServiceModel, Shape } from '../src/wire/model.ts'

const prefix = 'gatehouse-model:'
const modelFile = (name: string) => fileURLToPath(new URL(`../src/wire/models/${name}.json`, import.meta.url))

/** A Vite plugin: `gatehouse-model:iam` is the service's model with what a client needs of it, and no more. */
export const clientModels = (): Plugin => ({
  name: 'gatehouse-client-models',
  resolveId: id => (id.startsWith(prefix) ? `\0${id}` : undefined),
  load(id) {
    if (!id.startsWith(`\0${prefix}`)) return undefined
    const file = modelFile(id.slice(prefix.length + 1))
    this.addWatchFile(file)
    const model = clientModel(JSON.parse(readFileSync(file, 'utf8')) as ServiceModel)
    return `export default JSON.parse(${JSON.stringify(JSON.stringify(model))})`
  },
})

/** The server holds inputs against constraints, and its errors name themselves: a client encodes and decodes only. */
export function clientModel(model: ServiceModel): ClientModel {
  const { apiVersion, protocol, signingName, jsonVersion, targetPrefix } = model
  const operations = Object.fromEntries(
    Object.entries(model.operations).map(([name, { method, uri, input, output, resultWrapper, paging }]) => [
      name,
      {
        method,
        uri,
        input,
        output,
        resultWrapper,
        ...(paging && { paging: { input: paging.input, output: paging.output, result: paging.result } }),
      },
    ]),
  )
  const shapes = Object.fromEntries(
    Object.entries(model.shapes)
      .filter(([, shape]) => !isError(shape))
      .map(([name, shape]) => [name, clientShape(shape)]),
  )
  return { apiVersion, protocol, signingName, jsonVersion, targetPrefix, operations, shapes }
}

const isError = (shape: Shape) => shape.type === 'structure' && shape.error !== undefined

function clientShape(shape: Shape): ClientShape {
  if (shape.type === 'structure')
    return {
      type: shape.type,
      members: Object.fromEntries(Object.entries(shape.members).map(([name, member]) => [name, clientMember(member)])),
      ...(shape.payload && { payload: shape.payload }),
    }
  if (shape.type === 'list') return { type: shape.type, member: clientMember(shape.member) }
  if (shape.type === 'map') return { type: shape.type, key: clientMember(shape.key), value: clientMember(shape.value) }
  return { type: shape.type }
}

const clientMember = ({ shape, location, name, idempotencyToken }: Member): ClientMember => ({
  shape,
  ...(location && { location }),
  ...(name && { name }),
  ...(idempotencyToken && { idempotencyToken }),
})
