import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import all from 'gatehouse-documents'
import { useEffect } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { NoSuchPage } from '../shell/no-such-page.tsx'
import type { Document } from './document.ts'
import { documentPath } from './document-path.ts'
import { Blocks } from './markdown.tsx'

/** One document; a section of it has an address of its own. */
export default function DocumentPage() {
  const { name = '' } = useParams()
  const known = all.find(document => document.name === name)
  const { data } = useQuery({ queryKey: ['documentation', name], queryFn: async () => (await known?.load())?.default ?? null })
  if (!known) return <NoSuchPage />
  if (!data) return <Spinner />
  return <Read document={data as Document} />
}

function Read({ document: { name, title, sections, blocks } }: { readonly document: Document }) {
  const [parameters] = useSearchParams()
  const section = parameters.get('section')
  useEffect(() => {
    if (section) document.getElementById(section)?.scrollIntoView()
  }, [section])
  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      <Grid gridDefinition={[{ colspan: { default: 12, s: 9 } }, { colspan: { default: 12, s: 3 } }]}>
        <Container>
          <Blocks blocks={blocks.filter(block => block.kind !== 'heading' || block.depth > 1)} />
        </Container>
        <nav aria-label="Sections">
          <SpaceBetween size="xxs">
            <Box variant="h4" tagOverride="h2">
              On this page
            </Box>
            {sections.map(({ id, title: text }) => (
              <Link key={id} href={`#${documentPath(name, id)}`} fontSize="body-s">
                {text}
              </Link>
            ))}
          </SpaceBetween>
        </nav>
      </Grid>
    </ContentLayout>
  )
}
