/** One entry of the audit log, whole. */
import { Button, Descriptions, Drawer } from 'antd'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '~/api/types'
import { DiffView } from '~/components/DiffView'
import { dateTime } from '~/components/time'
import { actorOf, snapshots } from './audit'

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
              ['details', (entry.shortened || entry.details != null) && <Details entry={entry} />],
            ]),
        ['hash', <span className="mono entry-hash">{entry.hash}</span>],
      ]
    : []
  return (
    <Drawer open={entry !== null} onClose={onClose} title={entry ? t('entry', { n: entry.seq }) : ''} size={640} data-testid="entry">
      {entry?.withheld && <p className="note-card amber" style={{ marginBottom: 16 }}>{t('withheld')}</p>}
      <Descriptions column={1} size="small" bordered items={items.filter(([, value]) => value).map(([key, children]) => ({ key: String(key), label: t(`field.${String(key)}`), children }))} />
    </Drawer>
  )
}

/** What an entry holds besides: the difference it made first, then the rest. */
function Details({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation('audit')
  if (entry.shortened) return <span className="muted" data-testid="entry-shortened">{t('shortened')}</span>
  const changed = snapshots(entry.details)
  const rest = changed ? changed.rest : entry.details
  return (
    <>
      {changed && <p className="muted entry-legend">{t('difference')}</p>}
      {changed && <div className="entry-diff" data-testid="entry-diff"><DiffView before={changed.before} after={changed.after} /></div>}
      {(!changed || Object.keys(changed.rest).length > 0) && <pre className="entry-json">{JSON.stringify(rest, null, 2)}</pre>}
    </>
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
