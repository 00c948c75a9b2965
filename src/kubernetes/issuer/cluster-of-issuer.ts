import type { Transaction } from '../../store/index.ts'

/**
 * The cluster whose tokens name an issuer. Many attached clusters have an issuer of the same name, such as `https://kubernetes.default.svc`, and
 * whoever attaches one says what its keys are: it counts in the account that attached it alone.
 * @param account  whose roles the tokens are for
 */
export const clusterOfIssuer = (tx: Transaction, issuer: string, account: string): Promise<{ readonly id: string } | undefined> =>
  tx
    .selectFrom('clusters')
    .select('id')
    .where('issuerUrl', '=', issuer)
    .where(row => row.or([row('kind', '!=', 'attached'), row('account', '=', account)]))
    .executeTakeFirst()
