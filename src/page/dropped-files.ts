/** Files of a folder that are looked at; a tree of more is no checkpoint. */
const most = 20_000

/** The files that were dropped, and those in folders that were: by name, below the folder's own. */
export async function droppedFiles(transfer: DataTransfer): Promise<ReadonlyMap<string, File>> {
  // What was dropped may be asked for only now: after the first wait it is gone.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null)
  const plain = [...transfer.files]
  const found = new Map<string, File>()
  const pending = entries.filter((entry) => entry !== null)
  if (pending.length === 0) for (const file of plain) found.set(file.name, file)
  for (let next = pending.pop(); next !== undefined && found.size < most; next = pending.pop()) {
    if (next.isFile) found.set(next.fullPath.replace(/^\//, ''), await fileOf(next as FileSystemFileEntry))
    else pending.push(...(await insideOf(next as FileSystemDirectoryEntry)))
  }
  return found
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
