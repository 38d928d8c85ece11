import { SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'
import type { StorageRef } from '../rebuild/tensor-record.ts'
import type { StoragePlace, StoragePlacer } from '../rebuild/tensors.ts'
import type { TorchArchive } from './archive.ts'

/** Finds storages in `data/` of an archive (or another folder) and checks that each has the size its users expect. */
export class ZipStorages {
  readonly place: StoragePlacer
  private readonly used = new Set<string>()
  private readonly archive: TorchArchive
  private readonly folder: string

  /** @param inline finds what is in the pickle itself */
  constructor(
    archive: TorchArchive,
    bigEndian: boolean,
    { folder = 'data/', inline = () => null }: { folder?: string; inline?: StoragePlacer['inline'] } = {},
  ) {
    this.archive = archive
    this.folder = folder
    const find = (storage: StorageRef): StoragePlace | null => {
      const name = folder + storage.key
      const entry = archive.entries.get(name)
      if (entry === undefined) {
        if (storage.location === 'meta') return null
        throw new SdinspectError(
          'format/malformed',
          `data.pkl: the storage ${JSON.stringify(storage.key.slice(0, 200))} is not in the archive`,
        )
      }
      if (entry.bytes !== storage.bytes)
        throw new SdinspectError(
          'format/malformed',
          `the storage ${JSON.stringify(name.slice(0, 200))} holds ${entry.bytes} bytes, and its ${storage.length} ` +
            `${storage.unit === 'bytes' ? 'bytes' : `elements of ${storage.unit}`} need ${storage.bytes}`,
          { offset: entry.offset },
        )
      this.used.add(name)
      return { chunk: archive.place(entry), bigEndian }
    }
    this.place = { storage: find, inline }
  }

  /** What is to be said of storages once every tensor has been placed. */
  findings(): Finding[] {
    const unused = [...this.archive.entries].filter(
      ([name]) => name.startsWith(this.folder) && !name.endsWith('/') && !this.used.has(name),
    )
    return unusedStorages(this.archive, unused)
  }
}

/** What is to be said of entries that no tensor uses. */
export function unusedStorages(
  archive: TorchArchive,
  unused: readonly (readonly [name: string, entry: { readonly bytes: number }])[],
): Finding[] {
  const count = unused.length
  if (count === 0) return []
  const bytes = unused.reduce((sum, [, entry]) => sum + entry.bytes, 0)
  return [finding('torch/unused-storage', { count, bytes }, { file: archive.file })]
}
