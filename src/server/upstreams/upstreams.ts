import { readFileSync } from 'node:fs'
import type { Operation, Service } from '../../services/index.ts'
import { type BotocoreModel, bundledModel, requestModel } from './botocore-model.ts'
import { createPassOn } from './pass-on.ts'
import { upstreamService } from './upstream-service.ts'
import type { UpstreamSetting } from './upstream-settings.ts'

/**
 * The services that other servers are.
 * @param silenceSeconds  how long one may be silent
 * @throws Error that says which model is missing or cannot be used
 */
export async function createUpstreams(
  settings: readonly UpstreamSetting[],
  silenceSeconds: number,
  now: () => number,
): Promise<{ readonly service: Service; readonly operations: readonly Operation[] }[]> {
  return Promise.all(
    settings.map(async ({ name, modelFile, ...server }) => {
      try {
        const model = requestModel(name, modelFile === undefined ? await known(name) : readModel(modelFile))
        return upstreamService(name, model, createPassOn(model, { ...server, silenceMilliseconds: silenceSeconds * 1000 }, now))
      } catch (problem) {
        throw new Error(`--upstream ${name}: ${(problem as Error).message}`, { cause: problem })
      }
    }),
  )
}

async function known(name: string): Promise<BotocoreModel> {
  const model = await bundledModel(name)
  if (!model) throw new Error(`give its model with --upstream-model ${name}=FILE, the service-2.json of botocore`)
  return model
}

function readModel(file: string): BotocoreModel {
  const model = JSON.parse(readFileSync(file, 'utf8')) as Partial<BotocoreModel>
  if (!model.metadata?.endpointPrefix || !model.operations || !model.shapes)
    throw new Error(`${file} is no service model as botocore has it: metadata, operations and shapes`)
  return model as BotocoreModel
}
