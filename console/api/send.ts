import { ApiError } from './api-error.ts'
import type { Call, Input } from './call.ts'
import { credentials } from './credentials.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { currentRegion } from './region.ts'
import { modelOf } from './services.ts'
import { signHeaders } from './signer.ts'

/** Sends a call to the public API, signed as whoever is signed in. @throws ApiError */
export async function send<Output>({ service, operation, input }: Call<Output>, signal?: AbortSignal): Promise<Output> {
  const [model, signer] = await Promise.all([modelOf(service), credentials.current()])
  const { method, path, query, headers, body } = encode(model, operation, input)
  const scope = { region: currentRegion(), service: model.signingName }
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
  const items = (page: Input) => (page[paging.result[0] as string] ?? []) as readonly unknown[]
  const all = [...items(first)]
  for (let marker = first[paging.output]; marker !== undefined && marker !== ''; ) {
    told?.(all.length)
    const page = (await send({ ...call, input: { ...call.input, [paging.input]: marker } }, signal)) as Input
    all.push(...items(page))
    marker = page[paging.output]
  }
  return { ...first, [paging.result[0] as string]: all } as Output
}

async function reach(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request)
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === 'AbortError') throw problem
    throw new ApiError('NetworkError', 'Gatehouse did not answer. Check that it is running, then try again.', { status: 0, requestId: '' })
  }
}
