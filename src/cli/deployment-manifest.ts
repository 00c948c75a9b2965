import { stringify } from 'yaml'

/** A service of a cluster. */
export interface ServiceName {
  readonly namespace: string
  readonly name: string
}

const label = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/

/** @param text `NAMESPACE/NAME` @throws Error for anything else */
export function serviceNameOf(text: string): ServiceName {
  const [namespace = '', name = '', ...more] = text.split('/')
  if (!label.test(namespace) || !label.test(name) || more.length > 0) throw new Error(`${text}: must be NAMESPACE/NAME of a service`)
  return { namespace, name }
}

/** The name by which API servers believe a service's certificate. Kubernetes documentation, "Dynamic Admission Control", "Service reference". */
export const serviceHost = ({ namespace, name }: ServiceName): string => `${name}.${namespace}.svc`

interface Deployment {
  readonly service: ServiceName
  readonly image: string
  readonly region: string
}

const ports = { https: 4443, http: 4480, probes: 4490 }
/** Where the volume is. Its root may be open to all: the data folder is below it. */
const volumeFolder = '/var/lib/gatehouse'

/**
 * Gatehouse in a cluster: one writer on one volume, so a new pod waits until the old one is gone. Its certificate, for the service's name, is its own authority's.
 * Kubernetes documentation, "Deployments", "Pod Security Standards".
 */
export function deploymentManifest({ service, image, region }: Deployment): string {
  const { namespace, name } = service
  const metadata = { name, namespace, labels: { 'app.kubernetes.io/name': name } }
  const selector = { 'app.kubernetes.io/name': name }
  const probe = (path: string) => ({ httpGet: { path, port: 'probes' }, periodSeconds: 5 })
  const flags = {
    host: '0.0.0.0',
    hostname: serviceHost(service),
    region,
    data: `${volumeFolder}/data`,
    port: String(ports.https),
    'http-port': String(ports.http),
    'metrics-port': String(ports.probes),
  }
  const container = {
    name: 'gatehouse',
    image,
    args: ['start', ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])],
    ports: Object.entries(ports).map(([portName, containerPort]) => ({ name: portName, containerPort })),
    livenessProbe: probe('/livez'),
    readinessProbe: probe('/readyz'),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'data', mountPath: volumeFolder },
      { name: 'temporary', mountPath: '/tmp' },
    ],
  }
  const documents = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: selector },
        template: {
          // Its own pods are not shown to the webhook that they serve.
          metadata: { labels: { ...selector, 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' } },
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container],
            volumes: [
              { name: 'data', persistentVolumeClaim: { claimName: name } },
              { name: 'temporary', emptyDir: {} },
            ],
          },
        },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports: [{ name: 'https', port: 443, targetPort: 'https' }] } },
  ]
  return documents.map(document => stringify(document, { aliasDuplicateObjects: false })).join('---\n')
}
