/** Who may import whom: docs/architecture.md, "The house". */
const rooms = ['types', 'wire', 'policy', 'analysis', 'catalogue', 'identity', 'audit', 'store', 'services', 'cluster-access', 'kubernetes', 'node', 'server', 'cli', 'testing']
const mayImport = {
  types: [],
  policy: [],
  testing: [],
  wire: [],
  catalogue: [],
  store: [],
  'cluster-access': ['catalogue'],
  analysis: ['policy', 'catalogue', 'cluster-access'],
  audit: ['store'],
  identity: ['policy', 'catalogue', 'store'],
  kubernetes: ['cluster-access', 'identity', 'audit', 'policy', 'catalogue', 'store'],
  node: ['identity', 'audit', 'policy', 'catalogue', 'store'],
  services: ['identity', 'audit', 'analysis', 'cluster-access', 'kubernetes', 'policy', 'catalogue', 'store', 'wire'],
  server: ['services', 'cluster-access', 'kubernetes', 'node', 'identity', 'audit', 'policy', 'catalogue', 'store', 'wire'],
  cli: ['server', 'services', 'analysis', 'cluster-access', 'policy', 'wire', 'catalogue', 'kubernetes', 'node'],
}
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    ...rooms.map(room => ({
      name: `${room}-imports`,
      comment: `src/${room} may import only: ${['types', ...mayImport[room]].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${['types', room, ...mayImport[room]].join('|')})/` },
    })),
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: '^src/services/([^/]+)/' },
      to: { path: '^src/services/[^/]+/', pathNot: '^src/services/$1/' },
    },
    {
      name: 'console-imports',
      comment: 'The console talks to the public API: of src it knows the wire, the models, and what it decides about trust policies that it was given.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^src/', pathNot: '^src/(wire/(model\\.ts|models/|sigv4/canonical-request\\.ts)|services/[^/]+/model\\.ts|analysis/(irsa|pod-identity)-trust\\.ts)' },
    },
    { name: 'no-console-in-src', severity: 'error', from: { path: '^src/' }, to: { path: '^console/', pathNot: '^console/session-api\\.ts' } },
    { name: 'no-aws-sdk-at-run-time', severity: 'error', from: { path: '^src/' }, to: { path: 'node_modules/@(aws-sdk|smithy)' } },
    { name: 'no-test-code-in-src', severity: 'error', from: { path: '^(src|console)/' }, to: { path: '^(test|bench)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
