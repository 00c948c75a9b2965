import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest'
import { type Ref, useState } from 'react'
import { useNavigate } from 'react-router'
import { pages } from './pages.ts'
import { pathOfArn } from './path-of-arn.ts'

/** Finds pages by their names, and a resource by its ARN. */
export function PageSearch({ ref }: { readonly ref: Ref<AutosuggestProps.Ref> }) {
  const navigate = useNavigate()
  const [value, setValue] = useState('')
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
  ]
  return (
    <Autosuggest
      ref={ref}
      value={value}
      options={options}
      onChange={({ detail }) => setValue(detail.value)}
      onSelect={({ detail }) => {
        setValue('')
        if (detail.value.startsWith('/')) void navigate(detail.value)
      }}
      placeholder="Search pages, or paste an ARN"
      ariaLabel="Search"
      enteredTextLabel={text => `"${text}"`}
      hideEnteredTextOption
      empty="No page of that name"
    />
  )
}
