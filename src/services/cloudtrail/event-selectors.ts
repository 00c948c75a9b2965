import { type BasicSelector, defaultSelector } from '../../audit/event-selectors.ts'
import { advancedShape, basicShape, parseAdvancedSelectors, parseBasicSelectors } from './event-selector-rules.ts'
import { cloudtrail } from './service.ts'
import { namedTrailArn } from './trail-names.ts'
import { requireTrail, requireTrailAtHome, type TrailRow } from './trail-store.ts'
import { trailAccess } from './trails.ts'

type StoredAdvanced = ReturnType<typeof parseAdvancedSelectors>

/** PutEventSelectors: basic or advanced ones, in place of all that were there. CloudTrail API Reference, "PutEventSelectors". */
export const PutEventSelectors = cloudtrail.operation('PutEventSelectors', {
  access: ({ TrailName }, context) => trailAccess(TrailName, context),

  async handle({ TrailName, EventSelectors: basic, AdvancedEventSelectors: advanced }, context) {
    const { tx } = context
    const trail = await requireTrailAtHome(tx, namedTrailArn(TrailName, context), context)
    if ((basic === undefined) === (advanced === undefined))
      throw new cloudtrail.InvalidEventSelectorsException('Specify either EventSelectors or AdvancedEventSelectors.')
    const selectors = {
      eventSelectors: basic ? JSON.stringify(parseBasicSelectors(basic)) : null,
      advancedSelectors: advanced ? JSON.stringify(parseAdvancedSelectors(advanced, 'trail')) : null,
    }
    await tx.updateTable('trails').set(selectors).where('arn', '=', trail.arn).execute()
    return selectorShape({ ...trail, ...selectors })
  },
})

/** GetEventSelectors. CloudTrail API Reference, "GetEventSelectors". */
export const GetEventSelectors = cloudtrail.operation('GetEventSelectors', {
  access: ({ TrailName }, context) => trailAccess(TrailName, context),
  handle: async ({ TrailName }, context) =>
    selectorShape(await requireTrail(context.tx, namedTrailArn(TrailName, context), context.account)),
})

const selectorShape = ({ arn, eventSelectors, advancedSelectors }: TrailRow) => ({
  TrailARN: arn,
  ...(advancedSelectors === null
    ? { EventSelectors: (eventSelectors === null ? [defaultSelector] : (JSON.parse(eventSelectors) as BasicSelector[])).map(basicShape) }
    : { AdvancedEventSelectors: (JSON.parse(advancedSelectors) as StoredAdvanced).map(advancedShape) }),
})
