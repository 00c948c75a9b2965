import { ApiError, isOfNobody } from './api-error.ts'
import type { Call, Input } from './call.ts'
import { credentials } from './credentials.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { currentRegion } from './region.ts'
import { doubtSession } from './session.ts'
import { modelOf } from './services.ts'
import { signHeaders } from './signer.ts'

/** Sends a call to the public API, signed as whoever is signed in. @throws ApiError */
export async function send<Output>(asked: Call<Output>, signal?: AbortSignal): Promise<Output> {
  try {
    return await sendOnce(asked, signal)
  } catch (problem) {
    if (isOfNobody(problem)) {
      credentials.forget()
      doubtSession()
    }
    throw problem
  }
}

async function sendOnce<Output>(
  { service, operation, input, region = currentRegion() }: Call<Output>,
  signal?: AbortSignal,
): Promise<Output> {
  const [model, signer] = await Promise.all([modelOf(service), credentials.current()])
  const { method, path, query, headers, body } = encode(model, operation, input)
  const scope = { region, service: model.signingName }
  const signed = await signHeaders({ method, path, query, headers: { ...headers, host: location.host }, body }, signer, scope, Date.now())
  delete signed['host']
  const response = await reach(`${path}${query && `?${query}`}`, {
    method,
    headers: signed,
    ...(body && { body }),
    ...(signal && { signal }),
  })
  return decode(model, operation, { status: response.status, headers: response.headers, text: await response.text() }) as Output
}

/** All pages of a listing. @param told  is told how many items came so far */
export async function sendAll<Output>(
  call: Call<Output>,
  { signal, told }: { signal?: AbortSignal | undefined; told?: (count: number) => void } = {},
): Promise<Output> {
  const { operations } = await modelOf(call.service)
  const paging = operations[call.operation]?.paging
  const first = (await send(call, signal)) as Input
  if (!paging) return first as Output
  // Most listings have one list; ListEntitiesForPolicy has three.
  const lists = new Map(paging.result.map(name => [name, [...itemsOf(first, name)]]))
  for (let marker = first[paging.output]; marker !== undefined && marker !== ''; ) {
    told?.([...lists.values()].reduce((count, list) => count + list.length, 0))
    const page = (await send({ ...call, input: { ...call.input, [paging.input]: marker } }, signal)) as Input
    for (const [name, list] of lists) list.push(...itemsOf(page, name))
    marker = page[paging.output]
  }
  return { ...first, ...Object.fromEntries(lists) } as Output
}

const itemsOf = (page: Input, name: string) => (page[name] ?? []) as readonly unknown[]

async function reach(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === 'AbortError') throw problem
    throw new ApiError('NetworkError', 'Gatehouse did not answer. Check that it is running, then try again.', { status: 0, requestId: '' })
  }
}
