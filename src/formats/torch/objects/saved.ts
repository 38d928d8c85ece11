import { isBigEndian, readDataPickle } from '../archive/archive.ts'
import type { ArchiveKind } from '../archive/archive-kind.ts'
import { producerOf } from '../archive/producer.ts'
import {
  alignmentFindings,
  alignmentRecord,
  itemFindings,
  versionFindings,
  versionRecords,
} from '../archive/refusals.ts'
import { ZipStorages } from '../archive/zip-storages.ts'
import { locationFindings } from '../rebuild/locations.ts'
import { importFindings, safetyOf } from '../safety/safety.ts'
import { assembleSaved } from './assemble.ts'

/** What `torch.save` writes: `data.pkl` and one file per storage in `data/`. */
export const saved: ArchiveKind = {
  claims: (archive) => archive.entries.has('data.pkl'),
  wants: () => ['data.pkl', 'byteorder', ...versionRecords, alignmentRecord],
  async read(archive, size, { limits }) {
    const { value, evaluation, inline, imports, findings } = await readDataPickle(archive, limits)
    const storages = new ZipStorages(archive, await isBigEndian(archive), { inline })
    const assembled = assembleSaved(value, evaluation.read, storages.place, limits)
    for (const storage of evaluation.storages.values()) storages.place.storage(storage)
    const safety = safetyOf(imports)
    return {
      format: 'torch',
      producer: producerOf(value),
      files: [{ name: archive.file, bytes: size, role: 'weights' }],
      metadata: new Map(),
      side: {},
      stateDicts: assembled.stateDicts,
      values: assembled.values,
      pickle: safety,
      findings: [
        ...archive.findings,
        ...importFindings(safety, archive.file),
        ...findings,
        ...(await versionFindings(archive)),
        ...(await alignmentFindings(archive)),
        ...itemFindings(evaluation.itemCounts, 5, archive.file),
        ...locationFindings(evaluation.locations, archive.file),
        ...assembled.findings,
        ...storages.findings(),
      ],
    }
  },
}
