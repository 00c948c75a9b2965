import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Popover from '@cloudscape-design/components/popover'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { awsCliCommand } from '../api/aws-cli.ts'
import type { Call } from '../api/call.ts'

/** Shows the AWS CLI commands that make the same calls, to copy. What comes of secrets is left as it is typed: look before sharing. */
export const CopyAsCli = ({ calls }: { readonly calls: readonly Call[] }) => (
  <CommandButton name="AWS CLI" text={calls.map(awsCliCommand).join('\n')} />
)

/** Shows the command of Gatehouse's own that answers the same question, where the AWS CLI has none. */
export const CopyAsCommand = ({ command }: { readonly command: string }) => <CommandButton name="command" text={command} />

function CommandButton({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <Popover
      header={`As ${name}`}
      size="large"
      triggerType="custom"
      fixedWidth
      position="bottom"
      renderWithPortal
      content={
        <SpaceBetween size="s">
          <Box variant="code">
            <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</span>
          </Box>
          <CopyToClipboard textToCopy={text} copyButtonText="Copy" copySuccessText="Copied" copyErrorText="It could not be copied" />
        </SpaceBetween>
      }
    >
      <Button iconName="script" disabled={text === ''} formAction="none">
        Copy as {name}
      </Button>
    </Popover>
  )
}
