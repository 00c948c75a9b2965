import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Popover from '@cloudscape-design/components/popover'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { awsCliCommand } from '../api/aws-cli.ts'
import type { Call } from '../api/call.ts'

/** Shows the AWS CLI commands that make the same calls, to copy. What comes of secrets is left as it is typed: look before sharing. */
export function CopyAsCli({ calls }: { readonly calls: readonly Call[] }) {
  const text = calls.map(awsCliCommand).join('\n')
  return (
    <Popover
      header="As AWS CLI"
      size="large"
      triggerType="custom"
      fixedWidth
      content={
        <SpaceBetween size="s">
          <Box variant="code">
            <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</span>
          </Box>
          <CopyToClipboard textToCopy={text} copyButtonText="Copy" copySuccessText="Copied" copyErrorText="It could not be copied" />
        </SpaceBetween>
      }
    >
      <Button iconName="script" disabled={calls.length === 0} formAction="none">
        Copy as AWS CLI
      </Button>
    </Popover>
  )
}
