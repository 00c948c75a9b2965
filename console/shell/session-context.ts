import { createContext, useContext } from 'react'
import type { ConsoleSession } from '../session-api.ts'

export const SessionContext = createContext<ConsoleSession | undefined>(undefined)

/** Who is signed in. Every page but sign-in is inside a session. */
export function useSession(): ConsoleSession {
  const session = useContext(SessionContext)
  if (!session) throw new Error('no session around this page')
  return session
}
