import Alert from '@cloudscape-design/components/alert'

/** What was not to be read, by the reader's own rights above all, and what cannot be known: the answer could be another with it. */
export const DependsOn = ({ gaps }: { readonly gaps: readonly string[] | undefined }) =>
  gaps && gaps.length > 0 ? (
    <Alert type="info" header="What this answer depends on">
      {gaps.slice(0, 5).join('; ')}
    </Alert>
  ) : undefined
