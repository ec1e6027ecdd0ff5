/** Logging in, with the way back to where one wanted to go. */
import { LockOutlined, UserOutlined } from '@ant-design/icons'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useSearchParams } from 'react-router'
import { ErrorCard } from '~/components/ErrorCard'
import { LanguageSwitch } from '~/components/LanguageSwitch'
import { Logo } from '~/components/Logo'
import { useLogin, useSession } from '~/features/session/session'
import './login.css'

/** Only a path of this site may follow a login. */
export const safeNext = (next: string | null) => (next && /^\/(?![/\\])/.test(next) ? next : '/')

export function Component() {
  const { t } = useTranslation(['login', 'common'])
  const [params] = useSearchParams()
  const session = useSession()
  const login = useLogin()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  if (session.data) return <Navigate to={safeNext(params.get('next'))} replace />
  const submit = async (fields: { username: string; password: string }) => {
    setBusy(true)
    setError(null)
    try {
      await login(fields.username.trim(), fields.password)
    } catch (cause) {
      setError(cause)
      setBusy(false)
    }
  }
  return (
    <div className="login">
      <section className="login-story" aria-label={t('common:product.title')}>
        <div className="login-brand">
          <Logo size={44} plate="#2a5796" />
          <div>
            <strong>{t('common:product.name')}</strong>
            <span>{t('common:product.line')}</span>
          </div>
        </div>
        <ol className="login-points">
          {(['cited', 'reviewed', 'recorded'] as const).map((point) => (
            <li key={point}>
              <h2>{t(`points.${point}.title`)}</h2>
              <p>{t(`points.${point}.text`)}</p>
            </li>
          ))}
        </ol>
        <p className="login-foot">{t('foot')}</p>
      </section>
      <main className="login-side">
        <div className="login-top">
          <LanguageSwitch />
        </div>
        <div className="login-card">
          <h1>{t('title')}</h1>
          <p className="muted">{params.get('next') ? t('again') : t('intro')}</p>
          {error != null && <ErrorCard error={error} />}
          <Form layout="vertical" size="large" requiredMark={false} onFinish={submit} disabled={busy}>
            <Form.Item name="username" label={t('username')} rules={[{ required: true, message: t('usernameNeeded') }]}>
              <Input prefix={<UserOutlined />} autoComplete="username" autoFocus />
            </Form.Item>
            <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('passwordNeeded') }]}>
              <Input.Password prefix={<LockOutlined />} autoComplete="current-password" />
            </Form.Item>
            <Button type="primary" htmlType="submit" block loading={busy} data-testid="login-submit">
              {t('submit')}
            </Button>
          </Form>
          <p className="login-public">
            {t('citizen')} <a href="/public">{t('citizenLink')}</a>
          </p>
        </div>
      </main>
    </div>
  )
}
