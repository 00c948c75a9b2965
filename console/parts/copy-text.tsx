import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Link from '@cloudscape-design/components/link'
import { pathOfArn } from '../shell/path-of-arn.ts'

/** A text with a button that copies it. @param what  such as "request ID" */
export const CopyText = ({ text, what }: { readonly text: string; readonly what: string }) => (
  <CopyToClipboard
    variant="inline"
    textToCopy={text}
    copyButtonAriaLabel={`Copy ${what}`}
    copySuccessText={`Copied the ${what}`}
    copyErrorText={`The ${what} could not be copied`}
  />
)

/** An ARN with its copy button; with `link`, it leads to the resource's page. */
export const CopyArn = ({ arn, link = false }: { readonly arn: string; readonly link?: boolean }) => {
  const path = link ? pathOfArn(arn) : undefined
  if (!path) return <CopyText text={arn} what="ARN" />
  return (
    <div style={{ display: 'flex', alignItems: 'baseline' }}>
      <CopyToClipboard
        variant="icon"
        textToCopy={arn}
        copyButtonAriaLabel="Copy ARN"
        copySuccessText="Copied the ARN"
        copyErrorText="The ARN could not be copied"
      />
      <span style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Link href={`#${path}`}>{arn}</Link>
      </span>
    </div>
  )
}
