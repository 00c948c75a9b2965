import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { accessWebhook, admissionPlugin, webhookContents, type WebhookFiles, webhookFiles } from '../kubernetes/control-plane/files.ts'
import { attachedFlags } from '../kubernetes/control-plane/flags.ts'
import { webhookConfiguration } from '../kubernetes/pod-identity-webhook/configuration.ts'
import { serviceWebhookPath, type WebhookName, webhookPath } from '../kubernetes/webhook.ts'
import { serviceHost, type ServiceName } from './deployment-manifest.ts'

export interface Attachment {
  readonly clusterName: string
  readonly clusterId: string
  readonly webhookToken: string
  /** Where the API server reaches Gatehouse: `https://HOST:PORT`. */
  readonly origin: string
  /** Of Gatehouse's certificate. */
  readonly certificateAuthorityPem: string
  /** How the cluster calls the admission webhook. */
  readonly admission: AdmissionChoice
}

export interface AdmissionChoice {
  /** The service of a Gatehouse that runs in the cluster; its API server's other webhooks are called by the origin, as API servers do not look up services. */
  readonly service?: ServiceName
  readonly failurePolicy: 'Ignore' | 'Fail'
}

/**
 * Writes what the API server of an attached cluster needs: files for its own folder, the manifest of the admission webhook, and a page that says where
 * they go.
 * @param nodeFolder  where the API server will find the files
 */
export function writeAttachFiles(attachment: Attachment, folder: string, nodeFolder: string): void {
  const files = webhookFiles(nodeFolder)
  const contents = attachContents(attachment, files)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  writeFileSync(join(folder, 'INSTRUCTIONS.md'), instructions(attachment.clusterName, files, nodeFolder))
}

function attachContents({ clusterId, webhookToken, origin, certificateAuthorityPem, admission }: Attachment, files: WebhookFiles) {
  const url = (name: WebhookName) => `${origin}${webhookPath(clusterId, name)}`
  const secrets = {
    webhookToken,
    tokenReviewUrl: url('token-review'),
    accessReviewUrl: url('access-review'),
    admissionUrl: url('pod-identity'),
  }
  const { service, failurePolicy } = admission
  const webhooks = service ? webhookContents(files, secrets, serviceHost(service)) : webhookContents(files, secrets)
  const called = service
    ? { service: { ...service, path: serviceWebhookPath(clusterId, 'pod-identity'), port: 443 } }
    : { url: secrets.admissionUrl }
  return {
    [basename(files.ca)]: certificateAuthorityPem,
    [basename(files.authenticationConfig)]: webhooks.authenticationConfig,
    [basename(files.authorizationKubeconfig)]: webhooks.authorizationKubeconfig,
    [basename(files.admissionKubeconfig)]: webhooks.admissionKubeconfig,
    [basename(files.admissionConfig)]: webhooks.admissionConfig,
    'pod-identity-webhook.yaml': stringify(webhookConfiguration(called, certificateAuthorityPem, failurePolicy)),
  }
}

const block = (language: string, text: string) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`
const yaml = (value: unknown) => block('yaml', stringify(value))

/** The page of instructions: the same flags, as each distribution takes them. docs/clusters.md, "Attached". */
function instructions(cluster: string, files: WebhookFiles, nodeFolder: string): string {
  const flags = attachedFlags(files)
  const words = flags.map(([name, value]) => `${name}=${value}`)
  const volume = { name: 'gatehouse', hostPath: nodeFolder, mountPath: nodeFolder, readOnly: true, pathType: 'Directory' }
  const copy = `The files in this folder, on each node of the control plane, as ${nodeFolder}. They hold a secret: mode 0600, owner root.`
  return [
    `# Attach ${cluster}`,
    `1. ${copy}`,
    '2. The API server, with the flags below, as your distribution takes them. It starts again.',
    '3. The admission webhook: `kubectl apply -f pod-identity-webhook.yaml`, as an administrator of the cluster.',
    `4. \`gatehouse cluster doctor --cluster ${cluster} --kubeconfig FILE\` says what is still wrong.`,
    'A flag that the API server has already is replaced, not repeated: an `authorization-mode` of yours gets `Webhook` at its end, and an admission configuration of yours the plugin of `admission.yaml`.',
    '## Any kube-apiserver',
    block('', words.map(word => `--${word}`).join('\n')),
    '## kubeadm',
    'In the ClusterConfiguration, then `kubeadm init phase control-plane apiserver --config FILE` on each node of the control plane (in v1beta3, `extraArgs` is a map):',
    yaml({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      apiServer: { extraArgs: flags.map(([name, value]) => ({ name, value })), extraVolumes: [volume] },
    }),
    '## kind',
    `A cluster that runs: \`docker cp . NODE:${nodeFolder}\`, then add the flags, the volume and its mount to /etc/kubernetes/manifests/kube-apiserver.yaml in the node; the kubelet starts the API server again. A cluster that is made anew takes this folder in \`extraMounts\` of its control plane nodes, with the container path ${nodeFolder}, and this in \`kubeadmConfigPatches\`, and is attached again, as its keys are new:`,
    // A patch that names a version of kubeadm's configuration changes no other, silently; one that names none is a map, which kind converts (pkg/internal/patch; pull request 4173).
    yaml({ kind: 'ClusterConfiguration', apiServer: { extraArgs: Object.fromEntries(flags), extraVolumes: [volume] } }),
    '## k3s',
    'In /etc/rancher/k3s/config.yaml on each server, then `systemctl restart k3s`:',
    yaml({ 'kube-apiserver-arg': words }),
    '## RKE2',
    'RKE2 names an admission configuration of its own, which holds Pod Security: copy the plugin `PodSecurity` of /etc/rancher/rke2/rke2-pss.yaml into `admission.yaml`, or nothing enforces a CIS profile any more. Then, in /etc/rancher/rke2/config.yaml on each server, and `systemctl restart rke2-server`:',
    yaml(rke2(files, words, nodeFolder)),
    '## Talos',
    'A patch of the machine configuration of control plane nodes (1.9 or later, as long as `cluster.apiServer` configures the API server: it has fields for authorizers and admission plugins, and refuses their flags). Files go in `machine.files`, with a folder below /var, which `--node-folder` names, and with `permissions: 0o444`: the API server of Talos does not run as root.',
    yaml(talos(files, flags, volume)),
  ].join('\n\n')
}

/**
 * RKE2 wants to know where the admission configuration is, and has a setting for it, which it passes on (rke2-docs, issue 88).
 * RKE2 documentation, "Server Configuration Reference" and "Pod Security Standards".
 */
const rke2 = (files: WebhookFiles, words: readonly string[], nodeFolder: string) => ({
  'kube-apiserver-arg': words.filter(word => !word.startsWith('admission-control-config-file=')),
  'kube-apiserver-extra-mount': [`${nodeFolder}:${nodeFolder}:ro`],
  'pod-security-admission-config-file': files.admissionConfig,
})

const talos = (
  files: WebhookFiles,
  flags: ReturnType<typeof attachedFlags>,
  { hostPath, mountPath }: { hostPath: string; mountPath: string },
) => ({
  cluster: {
    apiServer: {
      extraArgs: Object.fromEntries(flags.filter(([name]) => name.startsWith('authentication-'))),
      extraVolumes: [{ hostPath, mountPath, readonly: true }],
      authorizationConfig: [accessWebhook(files.authorizationKubeconfig)],
      admissionControl: [admissionPlugin(files.admissionKubeconfig)],
    },
  },
})
