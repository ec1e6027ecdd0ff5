/** One entry of the audit log, whole. */
import { Button, Descriptions, Drawer } from 'antd'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '~/api/types'
import { dateTime } from '~/components/time'
import { actorOf } from './audit'

type Props = { entry: AuditEntry | null; onClose: () => void; onOnly: (filter: { actor?: string; subject?: string }) => void }

export function EntryDrawer({ entry, onClose, onOnly }: Props) {
  const { t } = useTranslation('audit')
  const actor = entry && actorOf(entry)
  const items = entry
    ? [
        ['seq', <span className="mono">{entry.seq}</span>],
        ['at', dateTime(entry.at, true)],
        ['deed', `${t(`deed.${entry.deed.replaceAll('.', '_')}`, { defaultValue: entry.deed })}（${entry.deed}）`],
        ['outcome', t(`outcome.${entry.outcome}`, { defaultValue: entry.outcome })],
        ...(entry.withheld
          ? []
          : [
              ['actor', actor?.name ?? t(`kind.${actor?.kind}`, { defaultValue: actor?.kind ?? '' })],
              ['actorId', actor?.id && <Only text={actor.id} onOnly={() => onOnly({ actor: actor.id ?? undefined })} />],
              ['subject', entry.subject && <Only text={entry.subject} onOnly={() => onOnly({ subject: entry.subject ?? undefined })} />],
              ['reason', entry.reason],
              ['trace', entry.trace_id && <span className="mono">{entry.trace_id}</span>],
              ['details', entry.details != null && <pre className="entry-json">{JSON.stringify(entry.details, null, 2)}</pre>],
            ]),
        ['hash', <span className="mono entry-hash">{entry.hash}</span>],
      ]
    : []
  return (
    <Drawer open={entry !== null} onClose={onClose} title={entry ? t('entry', { n: entry.seq }) : ''} size={520} data-testid="entry">
      {entry?.withheld && <p className="note-card amber" style={{ marginBottom: 16 }}>{t('withheld')}</p>}
      <Descriptions column={1} size="small" bordered items={items.filter(([, value]) => value).map(([key, children]) => ({ key: String(key), label: t(`field.${String(key)}`), children }))} />
    </Drawer>
  )
}

function Only({ text, onOnly }: { text: string; onOnly: () => void }) {
  const { t } = useTranslation('audit')
  return (
    <>
      <span className="mono entry-hash">{text}</span>
      <Button type="link" size="small" onClick={onOnly}>{t('filter.only')}</Button>
    </>
  )
}
