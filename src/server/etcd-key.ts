import { sealContexts, type Secrets, type Store } from '../store/index.ts'
import type { Random } from '../types/random.ts'

const keyBytes = 32

/** The key of what a control plane has in etcd; made when it is asked for first. docs/keys.md, "Control planes". */
export const etcdKeyOf = (
  clusterId: string,
  { store, secrets, random }: { readonly store: Store; readonly secrets: Secrets; readonly random: Random },
): Promise<Buffer> =>
  store.write(async tx => {
    const context = sealContexts.etcdKey(clusterId)
    const known = await tx.selectFrom('etcdKeys').select('key').where('clusterId', '=', clusterId).executeTakeFirst()
    if (known) return secrets.decrypt(known.key, context)
    const key = Buffer.from(random.bytes(keyBytes))
    await tx
      .insertInto('etcdKeys')
      .values({ clusterId, key: secrets.encrypt(key, context) })
      .execute()
    return key
  })
