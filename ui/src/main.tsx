import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router'
import { Problem } from '~/api/client'
import { router } from '~/app'
import { SESSION } from '~/features/session/session'
import { ready } from '~/i18n'
import '~/styles/base.css'

const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => failures < 2 && error instanceof Problem && error.transient,
    },
  },
  queryCache: new QueryCache({
    onError(error, query) {
      // A session that ran out shows at whichever call comes first; the shell then asks for a login.
      if (error instanceof Problem && error.status === 401 && query.queryKey[0] !== SESSION[0]) {
        queries.setQueryData(SESSION, null)
      }
    },
  }),
})

void ready.then(() => {
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Suspense fallback={null}>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </StrictMode>,
  )
})
