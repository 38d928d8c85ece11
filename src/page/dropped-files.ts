import { SdinspectError } from '../errors.ts'

/** Files of a folder that are looked at; a tree of more is no checkpoint. */
const most = 20_000

/** Files by name, below the folder's own. */
type Files = Map<string, File>

/** The files that were dropped, and those in folders that were. */
export async function droppedFiles(transfer: DataTransfer): Promise<ReadonlyMap<string, File>> {
  // What was dropped may be asked for only now: after the first wait it is gone.
  const items = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => {
      const entry = item.webkitGetAsEntry?.() ?? null
      return entry?.isDirectory === true
        ? { entry: entry as FileSystemDirectoryEntry, handle: handleOf(item) }
        : { file: item.getAsFile() }
    })
  const found: Files = new Map()
  for (const { file, entry, handle } of items) {
    if (file) add(found, file.name, file)
    if (entry === undefined) continue
    const known = await handle
    if (known?.kind === 'directory') await addHandle(found, known.name, known)
    else await addEntry(found, entry)
  }
  return found
}

function add(found: Files, name: string, file: File): void {
  if (found.size === most)
    throw new SdinspectError('limit/exceeded', `more than ${most.toLocaleString('en')} files`, {
      hint: 'drop the folder of one checkpoint',
    })
  found.set(name, file)
}

type Handle = FileSystemDirectoryHandle | FileSystemFileHandle

/** The newer way in, of some browsers. Chromium has no other into a folder for a page that is a file itself. */
function handleOf(item: DataTransferItem): Promise<Handle | null> | undefined {
  const { getAsFileSystemHandle } = item as { getAsFileSystemHandle?: () => Promise<Handle | null> }
  return getAsFileSystemHandle?.call(item)
}

async function addHandle(found: Files, path: string, handle: Handle): Promise<void> {
  if (handle.kind === 'file') {
    add(found, path, await handle.getFile())
    return
  }
  const inside = (handle as unknown as { values(): AsyncIterable<Handle> }).values()
  for await (const one of inside) await addHandle(found, `${path}/${one.name}`, one)
}

async function addEntry(found: Files, entry: FileSystemEntry): Promise<void> {
  if (entry.isFile) {
    add(found, entry.fullPath.replace(/^\//, ''), await fileOf(entry as FileSystemFileEntry))
    return
  }
  for (const one of await insideOf(entry as FileSystemDirectoryEntry)) await addEntry(found, one)
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A folder is told in parts, the last of them empty. */
async function insideOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const inside: FileSystemEntry[] = []
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (part.length === 0) return inside
    inside.push(...part)
  }
}
