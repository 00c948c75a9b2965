import Box from '@cloudscape-design/components/box'
import { type DiffLine, lineDiff } from './line-diff.ts'
import { laidOut } from './policy-document.ts'

const marks: {
  readonly [Kind in DiffLine['kind']]: { readonly mark: string; readonly color: 'inherit' | 'text-status-success' | 'text-status-error' }
} = {
  same: { mark: ' ', color: 'inherit' },
  removed: { mark: '-', color: 'text-status-error' },
  added: { mark: '+', color: 'text-status-success' },
}

/** Two policies line by line, laid out alike. */
export const PolicyDiff = ({ before, after }: { readonly before: string; readonly after: string }) => (
  <div role="group" aria-label="Changed lines" style={{ maxHeight: '320px', overflow: 'auto' }} tabIndex={0}>
    {lineDiff(laidOut(before), laidOut(after)).map(({ kind, text }, index) => (
      // oxlint-disable-next-line react/no-array-index-key
      <Box key={index} variant="code" display="block" color={marks[kind].color}>
        <span style={{ whiteSpace: 'pre' }}>{`${marks[kind].mark} ${text}`}</span>
      </Box>
    ))}
  </div>
)
