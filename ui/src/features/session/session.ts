/** Who is logged in, kept in one query that every page shares. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { get, post, Problem, put, remove } from '~/api/client'
import type { Session, User } from '~/api/types'

export const SESSION = ['session'] as const

async function currentSession(): Promise<Session | null> {
  try {
    return await get<Session>('/session')
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null
    throw error
  }
}

export function useSession() {
  return useQuery({ queryKey: SESSION, queryFn: currentSession, staleTime: 60_000, refetchOnWindowFocus: true })
}

/** The user of the pages behind the login: given by the shell, so that a page never outlives its session. */
export const SignedIn = createContext<User | null>(null)

export function useUser(): User {
  const user = useContext(SignedIn)
  if (!user) throw new Error('a page behind the login stands outside the shell')
  return user
}

export function useLogin() {
  const queries = useQueryClient()
  return async (username: string, password: string) => {
    const session = await post<Session>('/session', { username, password })
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION[0] })
    queries.setQueryData(SESSION, session)
    return session
  }
}

export function useLogout() {
  const queries = useQueryClient()
  return async () => {
    await remove('/session').catch(() => undefined)
    queries.setQueryData(SESSION, null)
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION[0] })
  }
}

export const changePassword = (current: string, next: string) => put<void>('/session/password', { current, new: next })
