/** Single-key commands that stay silent while someone types or a dialog is open. */
import { useEffect, useRef } from 'react'

export function useKeys(commands: Record<string, () => void>, enabled = true) {
  const now = useRef(commands)
  now.current = commands
  useEffect(() => {
    if (!enabled) return
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const target = event.target as HTMLElement | null
      if (target?.closest('input, textarea, select, [contenteditable="true"]')) return
      if (document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return
      const command = now.current[event.key]
      if (!command) return
      event.preventDefault()
      command()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [enabled])
}
