import Box from '@cloudscape-design/components/box'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { credentials } from '../api/credentials.ts'
import { onDoubt, readSession } from '../api/session.ts'
import { ErrorBox } from '../parts/error-box.tsx'
import { SignInPage } from '../sign-in/sign-in-page.tsx'
import { SessionContext } from './session-context.ts'
import { Shell } from './shell.tsx'

/** Signed in: the shell with its pages. Not: the sign-in page, which leaves the address as it is, so that a deep link is kept. */
export function App() {
  const queries = useQueryClient()
  const session = useQuery({
    queryKey: ['session'],
    queryFn: async () => (await readSession()) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
  })

  const [ended, setEnded] = useState(false)
  const { refetch } = session
  useEffect(() => {
    onDoubt(
      () =>
        void refetch().then(({ data }) => {
          if (data === null) setEnded(true)
        }),
    )
    return () => onDoubt(() => {})
  }, [refetch])

  useEffect(() => {
    if (!session.data) return undefined
    const ends = setTimeout(
      () => void queries.invalidateQueries({ queryKey: ['session'] }),
      Math.max(0, session.data.expiresAt - Date.now()),
    )
    return () => clearTimeout(ends)
  }, [session.data, queries])

  const renew = async () => {
    setEnded(false)
    credentials.forget()
    queries.clear()
    await session.refetch()
  }

  if (session.isPending)
    return (
      <Box textAlign="center" padding="xxxl">
        <Spinner size="large" /> <Box variant="span">Opening the console</Box>
      </Box>
    )
  if (!crypto.subtle) return <ErrorBox problem={insecure} />
  if (session.error) return <ErrorBox problem={session.error} />
  if (!session.data) return <SignInPage ended={ended} onSignedIn={renew} />
  return (
    <SessionContext.Provider value={session.data}>
      <Shell onSessionChanged={renew} />
    </SessionContext.Provider>
  )
}

const insecure = new ApiError(
  'InsecureOrigin',
  'The console signs its requests in the browser, which browsers allow on HTTPS or localhost only. Open it at the HTTPS endpoint.',
  { status: 0, requestId: '' },
)
