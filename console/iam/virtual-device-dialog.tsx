import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useEffect, useRef, useState } from 'react'
import type { VirtualMFADevice } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { notify } from '../shell/notifications.ts'

interface VirtualDeviceDialogProps {
  readonly userName: string
  readonly device: VirtualMFADevice
  readonly onClose: () => void
}

const sixDigits = /^\d{6}$/

/** Sets up an authenticator app: the QR code or the key, then two codes in a row. */
export function VirtualDeviceDialog({ userName, device, onClose }: VirtualDeviceDialogProps) {
  const [first, setFirst] = useState('')
  const [second, setSecond] = useState('')
  const complete = sixDigits.test(first) && sixDigits.test(second)
  const enable = call('iam', 'EnableMFADevice', {
    UserName: userName,
    SerialNumber: device.SerialNumber,
    AuthenticationCode1: first,
    AuthenticationCode2: second,
  })
  return (
    <CallDialog
      title="Set up your authenticator app"
      submit="Add MFA"
      calls={complete ? [enable] : []}
      onClose={onClose}
      onDone={() => notify('success', `MFA device assigned to ${userName}.`)}
    >
      <SpaceBetween size="m">
        <Box>1. Scan this code with the app.</Box>
        <PngOnCanvas png={device.QRCodePNG} label="QR code for the authenticator app" />
        <ExpandableSection headerText="Show secret key">
          <CopyText text={new TextDecoder().decode(device.Base32StringSeed)} what="secret key" />
        </ExpandableSection>
        <Box>2. Enter two codes that follow one another; the second comes some thirty seconds after the first.</Box>
        <FormField label="MFA code 1">
          <Input value={first} inputMode="numeric" autoComplete={false} onChange={({ detail }) => setFirst(detail.value.trim())} />
        </FormField>
        <FormField label="MFA code 2">
          <Input value={second} inputMode="numeric" autoComplete={false} onChange={({ detail }) => setSecond(detail.value.trim())} />
        </FormField>
      </SpaceBetween>
    </CallDialog>
  )
}

/** A picture that came in an answer: drawn, as the content security policy lets none in by a data: or blob: address. */
function PngOnCanvas({ png, label }: { readonly png: Uint8Array | undefined; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (!png) return
    void createImageBitmap(new Blob([Uint8Array.from(png)], { type: 'image/png' })).then(picture => {
      if (!canvas.current) return
      canvas.current.width = picture.width
      canvas.current.height = picture.height
      canvas.current.getContext('2d')?.drawImage(picture, 0, 0)
    })
  }, [png])
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      style={{ width: '200px', height: '200px', imageRendering: 'pixelated', background: '#fff' }}
    />
  )
}
