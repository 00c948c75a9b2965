import SpaceBetween from '@cloudscape-design/components/space-between'
import { AccessKeys } from './access-keys.tsx'
import { ConsoleAccess } from './console-access.tsx'
import { MfaDevices } from './mfa-devices.tsx'

/** What a user signs in with: password, MFA devices, access keys. */
export const SecurityCredentials = ({ userName }: { readonly userName: string }) => (
  <SpaceBetween size="l">
    <ConsoleAccess userName={userName} />
    <MfaDevices userName={userName} />
    <AccessKeys userName={userName} />
  </SpaceBetween>
)
