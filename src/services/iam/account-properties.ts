import { anyResource } from './access.ts'
import { iam } from './service.ts'
import { putSetting, settingOf } from '../../identity/account-settings.ts'

/** The first part of a property's name. */
const namespacesOf = (names: readonly string[]): string[] => [...new Set(names.map(name => name.split('/')[0] ?? name))]

/** GetAccountProperties. IAM API Reference, "GetAccountProperties". */
export const GetAccountProperties = iam.operation('GetAccountProperties', {
  async access(_, { tx, account }) {
    const properties = (await settingOf(tx, account, 'properties')) ?? {}
    return { ...anyResource, keys: { 'iam:AccountPropertyNamespaces': namespacesOf(Object.keys(properties)) } }
  },

  handle: async (_, { tx, account }) => ({ Properties: (await settingOf(tx, account, 'properties')) ?? {} }),
})

/** PutAccountProperties: sets those given and keeps the others. IAM API Reference, "PutAccountProperties". */
export const PutAccountProperties = iam.operation('PutAccountProperties', {
  access: ({ Properties }) => ({ ...anyResource, keys: { 'iam:AccountPropertyNamespaces': namespacesOf(Object.keys(Properties)) } }),

  async handle({ Properties }, { tx, account }) {
    await putSetting(tx, account, 'properties', { ...(await settingOf(tx, account, 'properties')), ...Properties })
    return {}
  },
})
