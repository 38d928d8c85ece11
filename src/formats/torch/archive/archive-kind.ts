import type { Checkpoint } from '../../../model/checkpoint.ts'
import type { ReadContext } from '../../format.ts'
import type { TorchArchive } from './archive.ts'

/** One of the things that torch writes as a zip archive. Register it in `formats/torch.ts`. */
export interface ArchiveKind {
  /** By the names of the entries. */
  claims(archive: TorchArchive): boolean
  /** The entries that it will want to read, as far as the directory tells: at a distance they come in one round. */
  wants(archive: TorchArchive): Iterable<string>
  /** The entries that it will open as archives of their own. */
  opens?(archive: TorchArchive): Iterable<string>
  /** @param size of the file, in bytes */
  read(archive: TorchArchive, size: number, context: ReadContext): Promise<Checkpoint>
}
