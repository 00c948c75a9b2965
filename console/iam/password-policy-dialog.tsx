import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { PasswordPolicy } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { notify } from '../shell/notifications.ts'

const wishes = [
  ['RequireUppercaseCharacters', 'Require at least one uppercase letter from the Latin alphabet (A-Z)'],
  ['RequireLowercaseCharacters', 'Require at least one lowercase letter from the Latin alphabet (a-z)'],
  ['RequireNumbers', 'Require at least one number'],
  ['RequireSymbols', 'Require at least one nonalphanumeric character'],
  ['AllowUsersToChangePassword', 'Allow users to change their own password'],
  ['HardExpiry', 'Password expiration requires administrator reset'],
] as const

const numbers = [
  ['MinimumPasswordLength', 'Password minimum length', '6 to 128 characters'],
  ['MaxPasswordAge', 'Days until a password expires', '1 to 1095; empty: never'],
  ['PasswordReusePrevention', 'Earlier passwords that may not be used again', '1 to 24; empty: all may'],
] as const

type Wishes = { readonly [Name in (typeof wishes)[number][0]]: boolean }
type Numbers = { readonly [Name in (typeof numbers)[number][0]]: string }

/** The account's own password policy. IAM User Guide, "Set an account password policy for IAM users". */
export function PasswordPolicyDialog({ policy, onClose }: { readonly policy: PasswordPolicy | undefined; readonly onClose: () => void }) {
  const [wanted, setWanted] = useState(() => Object.fromEntries(wishes.map(([name]) => [name, policy?.[name] ?? false])) as Wishes)
  const [typed, setTyped] = useState(
    () =>
      Object.fromEntries(
        numbers.map(([name]) => [name, String(policy?.[name] ?? (name === 'MinimumPasswordLength' ? 14 : ''))]),
      ) as Numbers,
  )
  const given = numbers.flatMap(([name]) => (typed[name] === '' ? [] : [[name, Number(typed[name])] as const]))
  const valid = given.every(([, value]) => Number.isInteger(value)) && typed.MinimumPasswordLength !== ''
  return (
    <CallDialog
      title="Edit password policy"
      submit="Save changes"
      calls={valid ? [call('iam', 'UpdateAccountPasswordPolicy', { ...wanted, ...Object.fromEntries(given) })] : []}
      onClose={onClose}
      onDone={() => notify('success', 'Password policy saved.')}
    >
      {numbers.map(([name, label, constraintText]) => (
        <FormField key={name} label={label} constraintText={constraintText}>
          <Input type="number" value={typed[name]} onChange={({ detail }) => setTyped({ ...typed, [name]: detail.value })} />
        </FormField>
      ))}
      {wishes.map(([name, label]) => (
        <Checkbox key={name} checked={wanted[name]} onChange={({ detail }) => setWanted({ ...wanted, [name]: detail.checked })}>
          {label}
        </Checkbox>
      ))}
    </CallDialog>
  )
}
