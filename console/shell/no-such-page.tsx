import Link from '@cloudscape-design/components/link'
import { EmptyState } from '../parts/empty-state.tsx'

export const NoSuchPage = () => (
  <EmptyState title="No such page" action={<Link href="#/">Dashboard</Link>}>
    The address names no page of this console.
  </EmptyState>
)
