import { useSyncExternalStore } from 'react'

export interface Notification {
  readonly id: number
  readonly type: 'success' | 'error' | 'info' | 'in-progress'
  readonly content: string
  /** Whether another page was opened since. */
  readonly turned?: boolean
}

let notifications: readonly Notification[] = []
let nextId = 1
const listeners = new Set<() => void>()

function change(next: readonly Notification[]): void {
  notifications = next
  for (const listener of listeners) listener()
}

/** Says something at the top of whichever page is open. */
export function notify(type: Notification['type'], content: string): void {
  change([{ id: nextId++, type, content }, ...notifications].slice(0, 5))
}

/** What went well is said on the page where it happened and on the one that followed, and no longer. */
export function turnPage(): void {
  change(notifications.flatMap(told => (told.turned && told.type === 'success' ? [] : { ...told, turned: true })))
}

export const dismiss = (id: number) => change(notifications.filter(notification => notification.id !== id))

export const useNotifications = () =>
  useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => notifications,
  )
