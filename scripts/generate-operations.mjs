// Writes docs/operations.md: every operation of each service's model, served or not, and what docs/fidelity.md says of it. `npm run generate` runs it; `--check` fails when the
// page is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { services } from '../src/services/index.ts'

const pathOf = name => fileURLToPath(new URL(`../docs/${name}`, import.meta.url))

/** Services by their section of the page of differences; those of Gatehouse's own have none to differ from. */
const sections = {
  iam: ['IAM'],
  sts: ['STS'],
  eks: ['EKS', 'EKS Pod Identity, agent and instance metadata'],
  'eks-auth': ['EKS Pod Identity, agent and instance metadata'],
  ec2: ['EC2'],
  s3: ['S3'],
  cloudformation: ['CloudFormation'],
  cloudtrail: ['CloudTrail'],
  'cloudtrail-data': ['CloudTrail'],
  'access-analyzer': ['Access Analyzer'],
  organizations: ['Organizations'],
}

/** Services that have no section to themselves. */
const headings = { 'eks-auth': 'EKS Auth', 'cloudtrail-data': 'CloudTrail Data' }

/** The sentences of each section of docs/fidelity.md. */
const sentences = new Map(
  readFileSync(pathOf('fidelity.md'), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map(section => {
      const [title = '', ...lines] = section.split('\n')
      const bullets = lines.join('\n').split(/^- /m).slice(1)
      return [
        title,
        bullets.flatMap(bullet =>
          bullet
            .replaceAll(/\s+/g, ' ')
            .trim()
            .split(/(?<=\.) (?=[A-Z`])/),
        ),
      ]
    }),
)

function partOf({ service, operations }) {
  const served = new Set(operations.map(({ name }) => name))
  const told = sections[service.name].flatMap(title => sentences.get(title) ?? [])
  const rows = Object.keys(service.model.operations)
    .toSorted()
    .map(name => ({ name, served: served.has(name), notes: told.filter(sentence => new RegExp(`\`${name}\``).test(sentence)) }))
  const differing = rows.filter(row => row.served && row.notes.length > 0)
  const plain = rows.filter(row => row.served && row.notes.length === 0).map(({ name }) => `\`${name}\``)
  const missing = rows.filter(row => !row.served).map(({ name }) => `\`${name}\``)
  return [
    `## ${headings[service.name] ?? sections[service.name][0]}`,
    '',
    ...(differing.length > 0
      ? [
          '| Operation | What differs |',
          '|---|---|',
          ...differing.map(({ name, notes }) => `| \`${name}\` | ${notes.join(' ').replaceAll('|', '\\|')} |`),
          '',
        ]
      : []),
    ...(plain.length > 0
      ? [`Nothing is said of these by name; what holds of the whole service holds of them: ${plain.join(', ')}.`, '']
      : []),
    ...(missing.length > 0 ? [`Not served: ${missing.join(', ')}.`, ''] : []),
  ]
}

const page = `# Operations: what is served, and what differs

Written by \`npm run generate\` from the code and from [fidelity.md](fidelity.md), which has the whole of it by service, and what holds of all services. What is not served is refused and on record. Of S3 and EC2 those operations
are listed alone that Gatehouse has a model of: it refuses the others likewise.

${services
  .filter(({ service }) => service.name in sections)
  .flatMap(partOf)
  .join('\n')}`

const file = pathOf('operations.md')
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== page) {
    console.error('docs/operations.md is not what the code and docs/fidelity.md say: npm run generate')
    process.exitCode = 1
  }
} else writeFileSync(file, page)
