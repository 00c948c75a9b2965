import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import { call } from '../api/call.ts'
import { choicesOf } from '../parts/choices.ts'
import { useAll } from '../parts/use-call.ts'

interface GroupsFieldProps {
  readonly label: string
  readonly chosen: readonly string[]
  readonly onChange: (names: readonly string[]) => void
  /** Names of groups that are not offered. */
  readonly without?: readonly string[]
}

const listGroups = call('iam', 'ListGroups', { MaxItems: 1000 })

/** Chooses user groups by name. */
export function GroupsField({ label, chosen, onChange, without = [] }: GroupsFieldProps) {
  const groups = useAll(listGroups)
  const names = (groups.data?.Groups ?? []).map(({ GroupName }) => GroupName).filter(name => !without.includes(name))
  return (
    <FormField label={label}>
      <Multiselect
        placeholder="Choose groups"
        selectedOptions={chosen.map(value => ({ value, label: value }))}
        options={names.map(value => ({ value, label: value }))}
        filteringType="auto"
        filteringAriaLabel="Search groups"
        {...choicesOf(groups)}
        empty="There is no other group."
        onChange={({ detail }) => onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))}
      />
    </FormField>
  )
}
