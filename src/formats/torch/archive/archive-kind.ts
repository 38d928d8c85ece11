import type { Limits } from '../../../limits.ts'
import type { Checkpoint } from '../../../model/checkpoint.ts'
import type { TorchArchive } from './archive.ts'

/** One of the things that torch writes as a zip archive. Register it in `formats/torch.ts`. */
export interface ArchiveKind {
  /** By the names of the entries. */
  claims(archive: TorchArchive): boolean
  /** @param size of the file, in bytes */
  read(archive: TorchArchive, size: number, limits: Limits): Promise<Checkpoint>
}
