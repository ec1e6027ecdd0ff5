/** The files inside what was dropped or chosen: folders are walked, files of the system are left out. */

export type Chosen = { file: File; name: string }

/** Lock files, thumbnails and the like, which nobody means to upload. */
const NOISE = /^(\..*|~\$.*|Thumbs\.db|desktop\.ini)$/i

const wanted = (chosen: Chosen) => !NOISE.test(chosen.file.name)

export const fromList = (list: Iterable<File>): Chosen[] => Array.from(list, (file) => ({ file, name: file.webkitRelativePath || file.name })).filter(wanted)

/** Entries must be taken before the first await: the drop's items are gone after the event. */
export async function fromDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.() ?? null)
  if (!entries.some((entry) => entry?.isDirectory)) return fromList(transfer.files)
  const found: Chosen[] = []
  for (const entry of entries) if (entry) await walk(entry, found)
  return found.filter(wanted)
}

async function walk(entry: FileSystemEntry, found: Chosen[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail))
    found.push({ file, name: entry.fullPath.replace(/^\//, '') })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // A reader gives a folder in portions until one is empty.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail))
    if (some.length === 0) return
    for (const one of some) await walk(one, found)
  }
}
