import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { onLoopback, readAs } from '../kubernetes/control-plane/api-client.ts'
import { startControlPlane } from '../kubernetes/control-plane/control-plane.ts'
import { webhookConfiguration } from '../kubernetes/pod-identity-webhook/configuration.ts'
import { serviceRangeOf } from '../kubernetes/service-range.ts'
import { keepRenewed } from './certificate-renewal.ts'
import { apiServerObjects } from './api-server-objects.ts'
import { etcdKeyOf } from './etcd-key.ts'
import { type WebhookName, webhookPath } from '../kubernetes/webhook.ts'
import type { ClusterToStart, RunningCluster } from './running-cluster.ts'

/** Our own certificate lasts a year, and etcd and kube-apiserver start again for another: seldom, and long before it ends. */
const clientRenewalMilliseconds = 200 * 86_400_000

/** Runs a cluster of the control plane kind: a local kube-apiserver with its etcd, which ask us by webhook. */
export async function startControlPlaneCluster({ row, webhookToken, parts }: ClusterToStart): Promise<RunningCluster> {
  const { controlPlaneAssets, certificateAuthority, issuerKeys, now, dataFolder, store, log } = parts
  if (controlPlaneAssets === undefined)
    throw new Error(`cluster ${row.name} is a control plane: set KUBEBUILDER_ASSETS to the folder with kube-apiserver and etcd`)
  const { https, certificateAuthorityPem } = parts.endpoints()
  const folder = join(dataFolder, 'clusters', row.id)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const firstKeys = await issuerKeys.forApiserver(row.id, now())
  const serving = () => certificateAuthority.serverCertificate(['localhost', '127.0.0.1', 'kubernetes.default.svc'], now())
  const client = () => certificateAuthority.clientCertificate({ commonName: 'gatehouse', organizations: ['system:masters'] }, now())
  const servingCertificate = await serving()
  let clientMadeAt = now()
  const webhookUrl = (name: WebhookName) => `${https}${webhookPath(row.id, name)}`
  const controlPlane = await startControlPlane({
    assetsFolder: controlPlaneAssets,
    dataFolder: folder,
    servingCertificate,
    clientCertificate: await client(),
    certificateAuthorityPem,
    issuer: row.issuerUrl,
    serviceRange: serviceRangeOf(row),
    keys: firstKeys,
    etcdKey: await etcdKeyOf(row.id, parts),
    webhookToken,
    tokenReviewUrl: webhookUrl('token-review'),
    accessReviewUrl: webhookUrl('access-review'),
    admission: webhookConfiguration({ url: webhookUrl('pod-identity') }, certificateAuthorityPem),
    log,
  })
  let keyChange: NodeJS.Timeout | undefined
  /** A new key is published at once, and signs when the one before it retires: the API server must be told each time. */
  async function renewIssuerKeys(): Promise<void> {
    const keys = await issuerKeys.forApiserver(row.id, now())
    await controlPlane.renew({ keys })
    changeKeyAt(keys.changesAt)
  }
  function changeKeyAt(changesAt: number | undefined): void {
    clearTimeout(keyChange)
    if (changesAt === undefined) return
    const renew = () =>
      renewIssuerKeys().catch((problem: unknown) => log.error({ cluster: row.name, problem }, 'the next issuer key could not be taken up'))
    keyChange = setTimeout(() => void renew(), Math.max(0, changesAt - now())).unref()
  }
  changeKeyAt(firstKeys.changesAt)
  const renewal = keepRenewed({
    renewAt: servingCertificate.renewAt,
    next: serving,
    async replace(certificate) {
      const clientIsOld = now() - clientMadeAt > clientRenewalMilliseconds
      await controlPlane.renew({ servingCertificate: certificate, ...(clientIsOld && { clientCertificate: await client() }) })
      if (clientIsOld) clientMadeAt = now()
    },
    now,
    log,
  })
  return {
    endpoint: controlPlane.endpoint,
    certificateAuthorityPem,
    ...apiServerObjects(controlPlane),
    readAs: (path, bearer) => readAs(onLoopback(Number(new URL(controlPlane.endpoint).port)), certificateAuthorityPem, path, bearer),
    renewIssuerKeys,
    async stop() {
      clearTimeout(keyChange)
      clearInterval(renewal)
      await controlPlane.stop()
      const left = await store.read(tx => tx.selectFrom('clusters').select('id').where('id', '=', row.id).executeTakeFirst())
      if (!left) rmSync(folder, { recursive: true, force: true })
    },
  }
}
