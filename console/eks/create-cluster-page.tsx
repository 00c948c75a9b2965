import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { call } from '../api/call.ts'
import { CallForm } from '../parts/call-form.tsx'
import { choicesOf } from '../parts/choices.ts'
import { LinesField } from '../parts/lines-field.tsx'
import { useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { clusterPath } from './clusters-page.tsx'

const modes = [
  { value: 'API', label: 'EKS API', description: 'Access entries alone say who may use the cluster.' },
  { value: 'API_AND_CONFIG_MAP', label: 'EKS API and ConfigMap', description: 'Access entries, and the aws-auth ConfigMap besides.' },
  { value: 'CONFIG_MAP', label: 'ConfigMap', description: 'The aws-auth ConfigMap alone, as on older clusters.' },
]

/** A new cluster: its name, role, version and how its users are known. */
export default function CreateClusterPage() {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [roleArn, setRoleArn] = useState('')
  const [version, setVersion] = useState('')
  const [mode, setMode] = useState('API_AND_CONFIG_MAP')
  const [subnetIds, setSubnetIds] = useState<readonly string[]>([])
  const roles = useAll(call('iam', 'ListRoles', { MaxItems: 1000 }))
  const versions = useAll(call('eks', 'DescribeClusterVersions', {}))
  const create = call('eks', 'CreateCluster', {
    name: name.trim(),
    roleArn,
    ...(version && { version }),
    resourcesVpcConfig: { subnetIds },
    accessConfig: { authenticationMode: mode },
  })
  return (
    <CallForm
      title="Create cluster"
      submit="Create"
      calls={name.trim() && roleArn && subnetIds.length >= 2 ? [create] : []}
      cancelPath="/eks/clusters"
      onDone={() => {
        notify('success', `Cluster ${name.trim()} is being created.`)
        void navigate(clusterPath(name.trim()))
      }}
    >
      <Container header={<Header variant="h2">Cluster configuration</Header>}>
        <SpaceBetween size="m">
          <FormField label="Name" constraintText="Letters, digits, hyphens and underscores, up to 100">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <FormField label="Cluster IAM role" description="What the control plane does, it does with this role.">
            <Select
              selectedOption={roleArn ? { value: roleArn, label: roleArn } : null}
              options={(roles.data?.Roles ?? []).map(({ RoleName, Arn }) => ({ value: Arn, label: RoleName, description: Arn }))}
              placeholder="Choose a role"
              filteringType="auto"
              filteringAriaLabel="Search roles"
              {...choicesOf(roles)}
              empty="There is no role yet."
              onChange={({ detail }) => setRoleArn(detail.selectedOption.value ?? '')}
            />
          </FormField>
          <FormField label="Kubernetes version">
            <Select
              selectedOption={version ? { value: version, label: version } : null}
              options={(versions.data?.clusterVersions ?? []).map(({ clusterVersion = '' }) => ({
                value: clusterVersion,
                label: clusterVersion,
              }))}
              placeholder="The default version"
              {...choicesOf(versions)}
              onChange={({ detail }) => setVersion(detail.selectedOption.value ?? '')}
            />
          </FormField>
          <LinesField
            label="Subnets"
            description="Two IDs at least, one a line"
            placeholder="subnet-0abc"
            values={subnetIds}
            onChange={setSubnetIds}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Cluster access</Header>}>
        <FormField label="Cluster authentication mode" stretch>
          <Tiles value={mode} columns={3} items={modes} onChange={({ detail }) => setMode(detail.value)} />
        </FormField>
      </Container>
    </CallForm>
  )
}
