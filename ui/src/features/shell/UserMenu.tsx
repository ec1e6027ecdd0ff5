/** Who I am here, my password, and the way out. */
import { KeyOutlined, LogoutOutlined } from '@ant-design/icons'
import { Dropdown } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { User } from '~/api/types'
import { PasswordDialog } from '~/features/session/PasswordDialog'
import { useLogout } from '~/features/session/session'

export function UserMenu({ user, placement }: { user: User; placement: 'topLeft' | 'bottomRight' }) {
  const { t } = useTranslation('common')
  const [password, setPassword] = useState(false)
  const logout = useLogout()
  return (
    <>
      <Dropdown
        placement={placement}
        trigger={['click']}
        menu={{
          items: [
            {
              key: 'who',
              type: 'group',
              label: (
                <div className="user-card">
                  <strong>{user.name}</strong>
                  <span>{user.department?.name ?? user.username}</span>
                  <span>
                    {t('user.clearance')} {t(`level.${user.clearance}`)}
                  </span>
                </div>
              ),
            },
            { type: 'divider' },
            { key: 'password', icon: <KeyOutlined />, label: t('user.password') },
            { key: 'logout', icon: <LogoutOutlined />, label: <span data-testid="logout">{t('user.logout')}</span> },
          ],
          onClick: ({ key }) => (key === 'password' ? setPassword(true) : void logout()),
        }}
      >
        <button type="button" className="avatar-button" aria-label={t('user.menu', { name: user.name })} data-testid="user-menu">
          <span className="avatar">{user.name.slice(0, 1)}</span>
          <span className="avatar-name">{user.name}</span>
        </button>
      </Dropdown>
      <PasswordDialog open={password} onClose={() => setPassword(false)} />
    </>
  )
}
