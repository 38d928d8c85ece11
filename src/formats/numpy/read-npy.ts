import type { Checkpoint } from '../../model/checkpoint.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { assemble } from './assemble.ts'

/** The name that `numpy.savez` gives an array without one. */
const name = 'arr_0'

/** Reads one array. */
export async function readNpy(source: ByteSource, { limits }: ReadContext): Promise<Checkpoint> {
  const file = fileName(source.name)
  const { size } = source
  const array = {
    name,
    file,
    bytes: size,
    chunk: { file, offset: 0, length: size },
    head: (count: number) => source.read(0, Math.min(count, size)),
  }
  return assemble('npy', [array], { name: file, bytes: size }, limits)
}
