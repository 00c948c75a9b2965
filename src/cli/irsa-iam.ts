import { CallError, callQuery, type Client, type XmlElement } from './client.ts'

/** IAM as these commands call it. */
export interface Iam {
  call(action: string, parameters?: { readonly [name: string]: string }): Promise<XmlElement>
  /** As `call`; undefined when what is asked for does not exist. */
  find(action: string, parameters: { readonly [name: string]: string }): Promise<XmlElement | undefined>
}

export function iamOf(client: Client): Iam {
  const call = (action: string, parameters: { readonly [name: string]: string } = {}) =>
    callQuery(client, { name: 'iam', version: '2010-05-08' }, action, parameters)
  return {
    call,
    async find(action, parameters) {
      try {
        return await call(action, parameters)
      } catch (problem) {
        if (problem instanceof CallError && problem.code === 'NoSuchEntity') return undefined
        throw problem
      }
    },
  }
}

export function textOf(element: XmlElement | undefined, name: string): string {
  const value = element?.[name]
  return typeof value === 'string' ? value : ''
}

/** The members of a list; an empty list is an element without any. */
export function membersOf(element: XmlElement | undefined, name: string): readonly (XmlElement | string)[] {
  const list = element?.[name]
  return typeof list === 'object' && 'member' in list ? (list.member as readonly (XmlElement | string)[]) : []
}

export const elementOf = (element: XmlElement | undefined, name: string): XmlElement | undefined => {
  const value = element?.[name]
  return typeof value === 'object' && !Array.isArray(value) ? (value as XmlElement) : undefined
}

/** `arn:aws:iam::ACCOUNT:role/path/name`, or undefined. */
export function roleNameOf(arn: string): { readonly account: string; readonly name: string } | undefined {
  const [, account, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/([\w+=,.@/-]+)$/.exec(arn) ?? []
  return account === undefined || path === undefined ? undefined : { account, name: path.slice(path.lastIndexOf('/') + 1) }
}
