/** The frame around every page behind the login: rail, health banner, and the way back after a session ran out. */
import { Suspense, useEffect } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'
import { ErrorCard } from '~/components/ErrorCard'
import { Splash } from '~/components/Splash'
import { PasswordDialog } from '~/features/session/PasswordDialog'
import { SignedIn, useSession } from '~/features/session/session'
import { HealthBanner } from './HealthBanner'
import { Rail } from './Rail'
import './shell.css'

export function Component() {
  const session = useSession()
  const { pathname, search } = useLocation()
  useEffect(() => {
    document.querySelector('main.shell-main')?.scrollTo(0, 0)
  }, [pathname])
  if (session.isPending) return <Splash />
  if (session.isError && session.data === undefined) {
    return (
      <div className="page page-narrow">
        <ErrorCard error={session.error} onRetry={() => void session.refetch()} />
      </div>
    )
  }
  if (!session.data) {
    return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />
  }
  // Nothing else is allowed until the password is one's own.
  if (session.data.must_change_password) return <PasswordDialog open forced onClose={() => undefined} />
  return (
    <div className="shell">
      <Rail user={session.data.user} />
      <div className="shell-body">
        <HealthBanner />
        <main className="shell-main">
          <SignedIn value={session.data.user}>
            <Suspense fallback={<Splash />}>
              <Outlet />
            </Suspense>
          </SignedIn>
        </main>
      </div>
    </div>
  )
}
