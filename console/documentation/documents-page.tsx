import Link from '@cloudscape-design/components/link'
import all from 'gatehouse-documents'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import type { DocumentSummary } from './document.ts'
import { documentPath } from './document-path.ts'

/** Everything that is written about Gatehouse, of the version that is running. */
const DocumentsPage = () => (
  <PageTable<DocumentSummary>
    id="documentation"
    title="Documentation"
    description="Of the version that is running. The search looks in titles and headings."
    columns={[
      {
        id: 'title',
        header: 'Title',
        text: ({ title }) => title,
        cell: ({ title, name }) => <Link href={`#${documentPath(name)}`}>{title}</Link>,
        minWidth: 340,
      },
      {
        id: 'sections',
        header: 'Sections',
        text: ({ sections }) => sections.map(({ title }) => title).join('; '),
        minWidth: 520,
      },
      { id: 'file', header: 'File', text: ({ name }) => `docs/${name}.md`, optional: true, minWidth: 240 },
    ]}
    keyOf={({ name }) => name}
    items={all}
    loading={false}
    empty={<EmptyState title="No documents">This build has no documentation.</EmptyState>}
  />
)

export default DocumentsPage
