/** The house's colours for Ant Design; the same values stand as CSS variables in styles/base.css. */
import type { ThemeConfig } from 'antd'

export const theme: ThemeConfig = {
  token: {
    colorPrimary: '#1d4f91',
    colorInfo: '#1d4f91',
    colorSuccess: '#2f7d4f',
    colorWarning: '#b7791f',
    colorError: '#b3322c',
    colorLink: '#1d4f91',
    colorText: '#1b2533',
    colorTextSecondary: '#51607a',
    colorTextTertiary: '#75839a',
    colorBorder: '#d5dce6',
    colorBorderSecondary: '#e6eaf0',
    colorBgLayout: '#f4f6f9',
    colorErrorBg: '#fcf0ef',
    colorErrorBorder: '#efc9c6',
    colorWarningBg: '#fdf5e5',
    colorWarningBorder: '#f0dcb0',
    colorSuccessBg: '#eaf5ee',
    colorSuccessBorder: '#bfdfcb',
    colorInfoBg: '#eaf1fa',
    colorInfoBorder: '#c6d8ee',
    controlItemBgActive: '#eaf1fa',
    controlItemBgActiveHover: '#dfeaf7',
    borderRadius: 6,
    fontFamily: 'var(--sans)',
    fontSize: 14,
    wireframe: false,
  },
  components: {
    Table: { headerBg: '#f7f9fc', headerColor: '#51607a', headerSplitColor: 'transparent', cellPaddingInline: 16, cellPaddingInlineMD: 16, cellPaddingInlineSM: 14 },
    Drawer: { paddingLG: 20 },
  },
}
