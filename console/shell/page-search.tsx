import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest'
import { useQuery } from '@tanstack/react-query'
import { type Ref, useState } from 'react'
import { useNavigate } from 'react-router'
import { pages } from './pages.ts'
import { pathOfArn } from './path-of-arn.ts'

/** The documents by title and headings: a file that loads when something is looked for. */
const useDocuments = (wanted: boolean) =>
  useQuery({
    queryKey: ['documents'],
    queryFn: async () => (await import('gatehouse-documents')).default,
    staleTime: Number.POSITIVE_INFINITY,
    enabled: wanted,
  })

/** Finds pages by their names, documents by their titles and headings, and a resource by its ARN. */
export function PageSearch({ ref }: { readonly ref: Ref<AutosuggestProps.Ref> }) {
  const navigate = useNavigate()
  const [value, setValue] = useState('')
  const [wanted, setWanted] = useState(false)
  const { data: documents = [] } = useDocuments(wanted)
  const ofArn = pathOfArn(value.trim())
  const options = [
    ...(ofArn ? [{ value: ofArn, label: value.trim(), description: 'Open this resource' }] : []),
    ...pages
      .filter(({ path }) => !path.includes(':'))
      .map(({ path, title, section, words }) => ({
        value: path,
        label: title,
        ...(section && { description: section }),
        filteringTags: words ? [words] : [],
      })),
    ...documents.map(({ name, title, sections }) => ({
      value: `/documentation/${encodeURIComponent(name)}`,
      label: title,
      description: 'Documentation',
      filteringTags: sections.map(section => section.title),
    })),
  ]
  return (
    <Autosuggest
      ref={ref}
      value={value}
      options={options}
      onChange={({ detail }) => setValue(detail.value)}
      onFocus={() => setWanted(true)}
      onSelect={({ detail }) => {
        setValue('')
        if (detail.value.startsWith('/')) void navigate(detail.value)
      }}
      placeholder="Search pages and documents, or paste an ARN"
      ariaLabel="Search"
      enteredTextLabel={text => `"${text}"`}
      hideEnteredTextOption
      empty="No page and no document of that name"
    />
  )
}
