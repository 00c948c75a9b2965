/** What the editor is given, whose view loads when it is needed. */
export interface PolicyEditorProps {
  readonly value: string
  /** Left out: the policy is shown, not edited. */
  readonly onChange?: (value: string) => void
  readonly label: string
  readonly policyType?: 'IDENTITY_POLICY' | 'RESOURCE_POLICY' | 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'
  /** Such as `AWS::IAM::AssumeRolePolicyDocument`, for what ValidatePolicy knows of one kind. */
  readonly resourceType?: string
}
