/** Ant Design in the house's colours and the chosen language, for every page behind the login. */
import { XProvider } from '@ant-design/x'
import enX from '@ant-design/x/locale/en_US'
import zhX from '@ant-design/x/locale/zh_CN'
import { App as AntApp } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { Suspense, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Outlet } from 'react-router'
import { Splash } from '~/components/Splash'
import { theme } from '~/theme'

export function Component() {
  const { i18n } = useTranslation('common')
  const english = i18n.language === 'en'
  dayjs.locale(english ? 'en' : 'zh-cn')
  useEffect(() => {
    document.documentElement.dataset.side = 'admin'
    return () => {
      delete document.documentElement.dataset.side
    }
  }, [])
  const locale = english ? { ...enX, ...enUS } : { ...zhX, ...zhCN }
  return (
    <XProvider theme={theme} locale={locale}>
      <AntApp message={{ maxCount: 3 }}>
        <Suspense fallback={<Splash />}>
          <Outlet />
        </Suspense>
      </AntApp>
    </XProvider>
  )
}
