import { services } from '../../src/services/index.ts'
import type { WireResponse } from '../../src/wire/message.ts'
import { type Draft, type PipelineHouse, signedRequest, wireRequest } from '../server/house.ts'
import type { FuzzTarget } from './fuzz.ts'
import { modelRequest } from './model-requests.ts'

interface Call {
  readonly draft: Draft
  /** The service that it is signed for; absent, it is not. */
  readonly service?: string
}

/** Calls of every operation, through the whole house: what is refused is refused with the caller's fault, and nothing fails by itself. */
export const pipelineTarget = (house: PipelineHouse): FuzzTarget<Call> => ({
  name: 'calls',
  weight: 2,
  make(random) {
    const { model } = random.pick(services).service
    const draft = modelRequest(model, random)
    return random.chance(0.9) ? { draft, service: model.signingName } : { draft }
  },
  async read({ draft, service }) {
    const answer = await house.send(
      service === undefined ? wireRequest(draft, house.now) : signedRequest(draft, house, { region: 'us-east-1', service }),
    )
    await readWhole(answer)
    const [failure] = house.failures()
    if (failure) throw (failure as { problem?: unknown }).problem ?? new Error('it failed')
    if (answer.status >= 500 && answer.status !== 501) throw new Error(`answered ${answer.status} ${String(answer.body).slice(0, 300)}`)
  },
})

async function readWhole({ body }: WireResponse): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) return
  for await (const part of body) if (part.length < 0) throw new Error('a part of negative length')
}
