// Works on a cluster with @kubernetes/client-node: creates, patches, applies, lists, watches with an informer. Prints what it saw as JSON.
import * as k8s from '@kubernetes/client-node'

const namespace = 'from-javascript'
const config = new k8s.KubeConfig()
config.loadFromDefault()
config.setCurrentContext(process.argv[2])
const core = config.makeApiClient(k8s.CoreV1Api)

/** The status of a call that must fail. */
const statusOf = call =>
  call.then(
    () => undefined,
    problem => problem.code,
  )

await core.createNamespace({ body: { metadata: { name: namespace } } })
const events = []
const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }))
const deleted = new Promise((resolve, reject) => {
  const tell = what => object => {
    if (object.metadata?.name !== 'settings') return
    events.push([what, object.data?.a])
    if (what === 'delete') resolve()
  }
  for (const what of ['add', 'update', 'delete']) informer.on(what, tell(what))
  informer.on('error', reject)
  setTimeout(() => reject(new Error('no deletion was seen')), 30_000).unref()
})
await informer.start()

const body = { metadata: { name: 'settings', labels: { app: 'web' } }, data: { a: '1' } }
const created = await core.createNamespacedConfigMap({ namespace, body })
const seen = {
  created: created.data,
  again: await statusOf(core.createNamespacedConfigMap({ namespace, body })),
}
const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'settings', body: { ...created, data: { a: '2' } } })
seen.replaced = replaced.data
seen.stale = await statusOf(core.replaceNamespacedConfigMap({ namespace, name: 'settings', body: { ...created, data: { a: '3' } } }))
const patch = (strategy, change, more = {}) =>
  core.patchNamespacedConfigMap({ namespace, name: 'settings', body: change, ...more }, k8s.setHeaderOptions('Content-Type', strategy))
seen.jsonPatched = (await patch(k8s.PatchStrategy.JsonPatch, [{ op: 'add', path: '/data/b', value: '4' }])).data
seen.mergePatched = (await patch(k8s.PatchStrategy.MergePatch, { data: { c: '5' } })).data
const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { d: '6' } }
seen.applied = (await patch(k8s.PatchStrategy.ServerSideApply, applied, { fieldManager: 'javascript' })).data
const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'app=web' })
seen.listed = items.map(({ metadata }) => metadata.name)
await core.deleteNamespacedConfigMap({ namespace, name: 'settings' })
await deleted
await informer.stop()
seen.events = [events[0], events.at(-1)]
seen.gone = await statusOf(core.readNamespacedConfigMap({ namespace, name: 'settings' }))
await core.deleteNamespace({ name: namespace })
console.log(JSON.stringify(seen))
process.exit(0)
