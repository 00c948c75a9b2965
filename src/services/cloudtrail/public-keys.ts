import { cloudtrail } from './service.ts'

/** ListPublicKeys: keys that signed digests in a time range; without one, the key of now. CloudTrail API Reference, "ListPublicKeys". */
export const ListPublicKeys = cloudtrail.operation('ListPublicKeys', {
  access: () => ({ resource: '*' }),

  async handle({ StartTime, EndTime, NextToken }, { tx, region, now }) {
    if (NextToken !== undefined) throw new cloudtrail.InvalidTokenException('All keys are in the first answer: no token is valid.')
    const end = EndTime?.getTime() ?? now
    const start = StartTime?.getTime() ?? Math.min(now, end)
    if (Number.isNaN(start) || Number.isNaN(end) || start > end)
      throw new cloudtrail.InvalidTimeRangeException('The start time must be before the end time.')
    const keys = await tx
      .selectFrom('digestKeys')
      .selectAll()
      .where('region', '=', region)
      .where('startAt', '<=', end)
      .where('endAt', '>=', start)
      .orderBy('startAt')
      .execute()
    return {
      PublicKeyList: keys.map(key => ({
        Value: Buffer.from(key.publicKey, 'base64'),
        ValidityStartTime: new Date(key.startAt),
        ValidityEndTime: new Date(key.endAt),
        Fingerprint: key.fingerprint,
      })),
    }
  },
})
