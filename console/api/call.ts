import type { ServiceName, Services } from './service-types.ts'

/** An API call as a value: what a page sends, shows as an AWS CLI command, and keeps its answer under. */
export interface Call<Output = unknown> {
  readonly service: ServiceName
  readonly operation: string
  readonly input: Input
  /** Another region than this Gatehouse's own. */
  readonly region?: string
  /** Never there; carries the type of the answer. */
  readonly output?: Output
}

/** The same call, asked of another region. */
export const inRegion = <Output>(asked: Call<Output>, region: string): Call<Output> => ({ ...asked, region })

export type Input = { readonly [name: string]: unknown }

type Operation<S extends ServiceName> = keyof Services[S] & string
type InputOf<S extends ServiceName, O extends Operation<S>> = Services[S][O] extends { input: infer I } ? I : object
type OutputOf<S extends ServiceName, O extends Operation<S>> = Services[S][O] extends { output: infer T } ? T : void

/** @example call('iam', 'GetUser', { UserName: 'alice' }) */
export const call = <S extends ServiceName, O extends Operation<S>>(
  service: S,
  operation: O,
  input: InputOf<S, O>,
): Call<OutputOf<S, O>> => ({
  service,
  operation,
  input: input as Input,
})

/** What a list of calls answers, one each. */
export type Answers<Calls extends readonly Call[]> = {
  readonly [Index in keyof Calls]: Calls[Index] extends Call<infer Output> ? Output : never
}
