import { Component, type ReactNode } from 'react'
import { ErrorBox } from './error-box.tsx'

/** A page that fails shows why, and leaves the rest of the console working. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, { readonly problem?: unknown }> {
  override state: { readonly problem?: unknown } = {}

  static getDerivedStateFromError(problem: unknown) {
    return { problem }
  }

  override render() {
    return this.state.problem === undefined ? this.props.children : <ErrorBox problem={this.state.problem} />
  }
}
