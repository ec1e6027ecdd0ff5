/** What a reviewer opened in this tab: each item with the hash of its content then. A batch signs only what was seen. */
const KEPT = 400
const key = (user: string) => `shuzheng.reviews.seen.${user}`

export function seenBy(user: string): Record<string, string> {
  try {
    return JSON.parse(sessionStorage.getItem(key(user)) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}

export function rememberSeen(user: string, id: string, hash: string) {
  const { [id]: _, ...others } = seenBy(user)
  const kept = Object.entries(others).slice(-KEPT)
  try {
    sessionStorage.setItem(key(user), JSON.stringify(Object.fromEntries([...kept, [id, hash]])))
  } catch {
    // A full or closed store only means that the item must be opened again.
  }
}
