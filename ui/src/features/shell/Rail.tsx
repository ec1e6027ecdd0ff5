/** The navigation: a rail on wide screens, a bar with a drawer on narrow ones. */
import {
  AppstoreAddOutlined, AuditOutlined, BankOutlined, BookOutlined, ClusterOutlined, DashboardOutlined, FileProtectOutlined, HighlightOutlined, MenuOutlined, MessageOutlined, PhoneOutlined, PoweroffOutlined, SafetyOutlined, StopOutlined, TeamOutlined,
} from '@ant-design/icons'
import { Badge, Button, Drawer } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { NavLink, useLocation } from 'react-router'
import type { User } from '~/api/types'
import { LanguageSwitch } from '~/components/LanguageSwitch'
import { Logo } from '~/components/Logo'
import { opens, type Place, PLACES } from '~/features/session/access'
import { UserMenu } from './UserMenu'
import { usePendingReviews } from './usePendingReviews'

const ICONS: Record<Place, ReactNode> = {
  workbench: <MessageOutlined />,
  hotline: <PhoneOutlined />,
  reviews: <FileProtectOutlined />,
  corrections: <HighlightOutlined />,
  policies: <BankOutlined />,
  knowledge: <BookOutlined />,
  scenarios: <AppstoreAddOutlined />,
  models: <ClusterOutlined />,
  security: <SafetyOutlined />,
  refusals: <StopOutlined />,
  switches: <PoweroffOutlined />,
  audit: <AuditOutlined />,
  system: <DashboardOutlined />,
  accounts: <TeamOutlined />,
}

function Links({ user, pending }: { user: User; pending: number }) {
  const { t } = useTranslation('common')
  return (
    <ul className="rail-links">
      {PLACES.filter((place) => opens(user, place)).map((place) => (
        <li key={place}>
          <NavLink to={`/${place}`} className="rail-link" data-testid={`nav-${place}`}>
            <span className="rail-icon">
              {ICONS[place]}
              {place === 'reviews' && pending > 0 && (
                <Badge count={pending} size="small" overflowCount={99} className="rail-badge" data-testid="reviews-pending" />
              )}
            </span>
            <span className="rail-text">{t(`nav.${place}`)}</span>
          </NavLink>
        </li>
      ))}
    </ul>
  )
}

export function Rail({ user }: { user: User }) {
  const { t } = useTranslation('common')
  const { pathname } = useLocation()
  const [open, setOpen] = useState(false)
  const pending = usePendingReviews(opens(user, 'reviews'))
  useEffect(() => setOpen(false), [pathname])
  return (
    <>
      <header className="topbar">
        <Button
          type="text"
          icon={<Badge dot={pending > 0}><MenuOutlined style={{ color: '#fff' }} /></Badge>}
          aria-label={t('nav.open')}
          data-testid="nav-open"
          onClick={() => setOpen(true)}
        />
        <Logo size={24} plate="#2a5796" />
        <span className="topbar-name">{t('product.name')}</span>
        <UserMenu user={user} placement="bottomRight" />
      </header>
      <nav className="rail" aria-label={t('nav.label')}>
        <NavLink to="/" className="rail-logo" aria-label={t('product.title')}>
          <Logo size={34} plate="#2a5796" />
          <span>{t('product.name')}</span>
        </NavLink>
        <Links user={user} pending={pending} />
        <div className="rail-foot">
          <LanguageSwitch className="rail-language" />
          <UserMenu user={user} placement="topLeft" />
        </div>
      </nav>
      <Drawer placement="left" size={264} open={open} onClose={() => setOpen(false)} title={t('product.title')} rootClassName="nav-drawer">
        <Links user={user} pending={pending} />
        <LanguageSwitch className="nav-drawer-language" />
      </Drawer>
    </>
  )
}
