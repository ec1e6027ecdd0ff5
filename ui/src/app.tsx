/** The map of pages. Everything behind the login is loaded with the shell; the citizen page stands alone. */
import { createBrowserRouter, redirect } from 'react-router'
import { Crash } from '~/components/Crash'
import { Splash } from '~/components/Splash'

export const router = createBrowserRouter([
  {
    errorElement: <Crash />,
    hydrateFallbackElement: <Splash />,
    children: [
      { path: '/public', lazy: () => import('~/pages/PublicPage') },
      {
        lazy: () => import('~/features/shell/Admin'),
        children: [
          { path: '/public/policies', lazy: () => import('~/pages/OpenMatchPage') },
          { path: '/public/calculators/:scenario', lazy: () => import('~/pages/OpenCalculatorPage') },
          { path: '/login', lazy: () => import('~/pages/LoginPage') },
          {
            lazy: () => import('~/features/shell/Shell'),
            errorElement: <Crash />,
            children: [
              { path: '/', lazy: () => import('~/pages/HomePage') },
              { path: '/workbench/:conversation?', lazy: () => import('~/pages/WorkbenchPage') },
              { path: '/hotline', lazy: () => import('~/pages/HotlineDeskPage') },
              { path: '/hotline/calls/:call', lazy: () => import('~/pages/HotlineCallPage') },
              { path: '/hotline/orders/:order', lazy: () => import('~/pages/HotlineOrderPage') },
              { path: '/hotline/list', lazy: () => import('~/pages/HotlineListPage') },
              { path: '/hotline/hot', lazy: () => import('~/pages/HotlineHotPage') },
              { path: '/reviews', lazy: () => import('~/pages/ReviewsPage') },
              { path: '/reviews/people', lazy: () => import('~/pages/ReviewersPage') },
              { path: '/reviews/:review', lazy: () => import('~/pages/ReviewDeskPage') },
              { path: '/corrections', lazy: () => import('~/pages/CorrectionsPage') },
              { path: '/refusals', lazy: () => import('~/pages/RefusalsPage') },
              { path: '/scoring/:run', lazy: () => import('~/pages/ScoringPage') },
              { path: '/switches', lazy: () => import('~/pages/SwitchesPage') },
              { path: '/policies', lazy: () => import('~/pages/PoliciesPage') },
              { path: '/scenarios', lazy: () => import('~/pages/ScenariosPage') },
              { path: '/knowledge', lazy: () => import('~/pages/CollectionsPage') },
              { path: '/knowledge/:collection', lazy: () => import('~/pages/CollectionPage') },
              { path: '/documents/:document', lazy: () => import('~/pages/DocumentPage') },
              { path: '/documents/:document/pages', lazy: () => import('~/pages/PagesPage') },
              { path: '/documents/:document/difference', lazy: () => import('~/pages/DifferencePage') },
              { path: '/models', lazy: () => import('~/pages/ModelsPage') },
              { path: '/security', lazy: () => import('~/pages/SecurityPage') },
              { path: '/audit', lazy: () => import('~/pages/AuditPage') },
              { path: '/system', lazy: () => import('~/pages/SystemPage') },
              { path: '/accounts', lazy: () => import('~/pages/AccountsPage') },
              { path: '*', lazy: () => import('~/pages/MissingPage') },
            ],
          },
        ],
      },
      { path: '/index.html', loader: () => redirect('/') },
    ],
  },
])
