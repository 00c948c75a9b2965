import Autosuggest from '@cloudscape-design/components/autosuggest'
import FormField from '@cloudscape-design/components/form-field'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { choicesOf } from '../parts/choices.ts'
import { useAll } from '../parts/use-call.ts'

interface PrincipalFieldProps {
  readonly label?: string
  readonly description: string
  readonly placeholder: string
  readonly value: string
  readonly onChange: (arn: string) => void
}

const listUsers = call('iam', 'ListUsers', { MaxItems: 1000 })
const listRoles = call('iam', 'ListRoles', { MaxItems: 1000 })

/** The ARN of a user or a role: typed, or chosen of the account's own, which are listed once they are looked for. */
export function PrincipalField({ label = 'Principal', description, placeholder, value, onChange }: PrincipalFieldProps) {
  const [wanted, setWanted] = useState(false)
  const users = useAll(wanted ? listUsers : undefined)
  const roles = useAll(wanted ? listRoles : undefined)
  const all = [
    { label: 'Users', names: (users.data?.Users ?? []).map(({ UserName, Arn }) => ({ value: Arn, description: UserName })) },
    { label: 'Roles', names: (roles.data?.Roles ?? []).map(({ RoleName, Arn }) => ({ value: Arn, description: RoleName })) },
  ]
  return (
    <FormField label={label} description={description}>
      <Autosuggest
        value={value}
        placeholder={placeholder}
        options={all.filter(({ names }) => names.length > 0).map(({ label: kind, names: options }) => ({ label: kind, options }))}
        onFocus={() => setWanted(true)}
        onChange={({ detail }) => onChange(detail.value)}
        enteredTextLabel={text => `Use "${text}"`}
        virtualScroll
        empty="No user and no role has that text."
        {...(wanted && choicesOf({ isPending: users.isPending || roles.isPending, error: users.error ?? roles.error }))}
      />
    </FormField>
  )
}
