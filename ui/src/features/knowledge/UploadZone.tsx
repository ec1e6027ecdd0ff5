/** Where files and folders are dropped. */
import { FolderOpenOutlined, InboxOutlined, UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fromDrop, fromList } from './dropped'
import { UploadLine } from './UploadLine'
import { addUploads, clearFinished, finished, useUploads } from './uploads'

export function UploadZone({ collection }: { collection: string }) {
  const { t } = useTranslation('knowledge')
  const rows = useUploads().filter((row) => row.collection === collection)
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const done = rows.filter(finished).length
  useFreshLists(collection, rows.map((row) => row.phase).join())
  const add = (list: ReturnType<typeof fromList>) => list.length > 0 && addUploads(collection, list)
  const chooseFolder = () => {
    const folder = document.createElement('input')
    folder.type = 'file'
    folder.webkitdirectory = true
    folder.onchange = () => add(fromList(folder.files ?? []))
    folder.click()
  }
  return (
    <div className="upload-zone" data-testid="upload">
      <div
        className={`upload-drop${over ? ' over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
        }}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          void fromDrop(event.dataTransfer).then(add)
        }}
      >
        <p className="upload-title"><InboxOutlined /> {t('upload.drop')}</p>
        <p className="muted">{t('upload.formats')}</p>
        <p className="upload-buttons">
          <Button icon={<UploadOutlined />} onClick={() => input.current?.click()}>{t('upload.files')}</Button>
          <Button icon={<FolderOpenOutlined />} onClick={chooseFolder}>{t('upload.folder')}</Button>
        </p>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            add(fromList(event.target.files ?? []))
            event.target.value = ''
          }}
        />
      </div>
      {rows.length > 0 && (
        <section className="upload-list" aria-label={t('upload.list')}>
          <div className="upload-head">
            <span role="status">{t('upload.count', { done, all: rows.length })}</span>
            {done > 0 && <Button type="link" size="small" onClick={() => clearFinished(collection)} data-testid="upload-clear">{t('upload.clear')}</Button>}
          </div>
          <ul>{rows.map((row) => <UploadLine key={row.key} row={row} />)}</ul>
        </section>
      )}
    </div>
  )
}

/** The lists of documents are read again whenever a file has moved on. */
function useFreshLists(collection: string, phases: string) {
  const queries = useQueryClient()
  useEffect(() => {
    if (phases === '') return
    for (const key of [['documents', collection], ['collection', collection], ['collections'], ['freshness', collection]]) void queries.invalidateQueries({ queryKey: key })
  }, [collection, phases, queries])
}
