import { coversService } from './service-grants.ts'
import { pageOf, startAfter } from './paging.ts'
import { heldPolicies, requireEntity } from './principal-policies.ts'
import { iam } from './service.ts'
import { entityAccess } from './simulations.ts'

/** How many services a page has. The operation has no MaxItems. */
const pageSize = 100

/** ListPoliciesGrantingServiceAccess: which policies allow anything of a service. IAM API Reference, same name. */
export const ListPoliciesGrantingServiceAccess = iam.operation('ListPoliciesGrantingServiceAccess', {
  access: ({ Arn }, context) => entityAccess(context, Arn),

  async handle(input, { tx, account }) {
    const entity = await requireEntity(tx, account, input.Arn)
    const held = await heldPolicies(tx, entity)
    const request = { Marker: input.Marker, MaxItems: pageSize }
    const [after] = startAfter(request, 1) ?? []
    const namespaces = [...new Set(input.ServiceNamespaces)].filter(namespace => after === undefined || namespace > after).sort()
    const { items, end } = pageOf(namespaces, request, namespace => [namespace])
    return {
      PoliciesGrantingServiceAccess: items.map(namespace => ({
        ServiceNamespace: namespace,
        Policies: held
          .filter(policy => coversService(policy, namespace))
          .map(policy =>
            policy.arn !== undefined
              ? { PolicyName: policy.name, PolicyType: 'MANAGED', PolicyArn: policy.arn }
              : {
                  PolicyName: policy.name,
                  PolicyType: 'INLINE',
                  EntityType: policy.holder.kind.toUpperCase(),
                  EntityName: policy.holder.name,
                },
          ),
      })),
      ...end,
    }
  },
})
