import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call } from '../api/call.ts'
import { CallForm } from '../parts/call-form.tsx'
import { notify } from '../shell/notifications.ts'
import { GroupsField } from './groups-field.tsx'
import { PolicyPicker } from './policy-picker.tsx'

/** What lets users change the password that they were given. IAM User Guide, "Permit IAM users to change their own passwords". */
const changePassword = 'arn:aws:iam::aws:policy/IAMUserChangePassword'

/** A new user, with a password for the console when wanted, in groups that carry its permissions. */
export default function CreateUserPage() {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [withPassword, setWithPassword] = useState(false)
  const [password, setPassword] = useState('')
  const [resetRequired, setResetRequired] = useState(true)
  const [groups, setGroups] = useState<readonly string[]>([])
  const [policies, setPolicies] = useState<readonly string[]>([])
  const [attaching, setAttaching] = useState(false)
  const UserName = name.trim()
  const complete = UserName !== '' && (!withPassword || password !== '')
  const calls = complete
    ? [
        call('iam', 'CreateUser', { UserName }),
        ...(withPassword
          ? [call('iam', 'CreateLoginProfile', { UserName, Password: password, PasswordResetRequired: resetRequired })]
          : []),
        ...groups.map(GroupName => call('iam', 'AddUserToGroup', { GroupName, UserName })),
        ...[...new Set([...(withPassword && resetRequired ? [changePassword] : []), ...policies])].map(PolicyArn =>
          call('iam', 'AttachUserPolicy', { UserName, PolicyArn }),
        ),
      ]
    : []
  return (
    <CallForm
      title="Create user"
      submit="Create user"
      calls={calls}
      cancelPath="/iam/users"
      onDone={() => {
        notify('success', `User ${UserName} created.`)
        void navigate(`/iam/users/${encodeURIComponent(UserName)}`)
      }}
    >
      <Container header={<Header variant="h2">User details</Header>}>
        <SpaceBetween size="m">
          <FormField label="User name" constraintText="Up to 64 letters, digits and + = , . @ _ -">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <Checkbox
            checked={withPassword}
            description="For people who sign in to this console. Programs need access keys instead, or better a role."
            onChange={({ detail }) => setWithPassword(detail.checked)}
          >
            Provide user access to the console
          </Checkbox>
          {withPassword && (
            <SpaceBetween size="m">
              <FormField label="Console password">
                <Input value={password} type="password" autoComplete="new-password" onChange={({ detail }) => setPassword(detail.value)} />
              </FormField>
              <Checkbox
                checked={resetRequired}
                description="Users automatically get the IAMUserChangePassword policy to allow them to change their own password."
                onChange={({ detail }) => setResetRequired(detail.checked)}
              >
                User must create a new password at next sign-in
              </Checkbox>
            </SpaceBetween>
          )}
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" description="A group's policies are easier to review than those of each user.">
            Permissions
          </Header>
        }
      >
        <SpaceBetween size="m">
          <GroupsField label="User groups - optional" chosen={groups} onChange={setGroups} />
          <ExpandableSection
            headerText="Attach policies directly - optional"
            expanded={attaching}
            onChange={({ detail }) => setAttaching(detail.expanded)}
          >
            {attaching && <PolicyPicker title="Permissions policies" chosen={policies} onChange={setPolicies} />}
          </ExpandableSection>
        </SpaceBetween>
      </Container>
    </CallForm>
  )
}
