import { crc32 } from 'node:zlib'
import { isSdinspectError } from '../../../src/errors.ts'
import { type DType, dtypes } from '../../../src/model/tensors/dtype.ts'
import { open } from '../../../src/open.ts'
import { memorySource } from '../../../src/source/memory.ts'

/** Path of keys joined with dots, type, shape, requires grad, checksum of the values; null for what is not known, and for
 * the path of what lies about in a file. */
export type ListedTensor = readonly [
  path: string | null,
  dtype: string,
  shape: readonly number[],
  requiresGrad: boolean | null,
  values: number | null,
]

/** Findings that say: torch may load other tensors than are shown, or more. */
const unsure = /^torch\/(unfollowed|unlisted-tensors|unread-tensors)$/

/** The tensors that a file is shown to hold; or that it is refused, or said that they are not all known. */
export async function shownTensors(
  file: Uint8Array,
): Promise<readonly ListedTensor[] | 'refused' | 'unfollowed'> {
  try {
    const opened = await open(memorySource(file, 'file.pt'))
    const { findings, stateDicts } = opened.checkpoint
    if (findings.some(({ rule }) => unsure.test(rule))) return 'unfollowed'
    const listed: ListedTensor[] = []
    for (const { path, tensors, values: entries = [], facts } of stateDicts) {
      const isLoose = path === '(loose tensors)'
      // What holds itself has many paths to one tensor.
      const isRound = entries.some(({ description }) => /the same object as what holds it/.test(description))
      const at = (name: string): string => (isLoose || path === '' ? name : `${path}.${name}`)
      for (const { name, dtype, shape, values } of tensors) {
        // Of two of one name, as of the keys 0 and "0", nobody can say which.
        const isOne = [...tensors].filter((other) => other.name === name).length === 1
        let sum: number | null = null
        if (typeof values !== 'string' && isOne) {
          sum = 0
          for await (const { bytes } of opened.values(name, { stateDict: path })) sum = crc32(bytes, sum)
        }
        const declared = facts.declarations?.get(name)
        // Of a buffer it is not said: no optimizer is handed one.
        const isSaid = isOne && declared?.kind !== 'buffer'
        const requiresGrad = isSaid ? declared?.requiresGrad === true : null
        // A name that is there before is shown with a number.
        const shown = isLoose || isRound ? null : at(name).replace(/#\d+(?=\.|$)/g, '')
        listed.push([shown, torchName(dtype), shape, requiresGrad, sum])
      }
      // A dict may be in a list that it holds, and its tensors then are in there too.
      for (const { parts = [], description } of entries) {
        for (const part of parts) listed.push([null, torchName(part.dtype), part.shape, null, null])
        // Of a sparse one the parts are its indices and values; what it is stands in the words.
        for (const [, dtype = '', shape = ''] of description.matchAll(/tensor (\w+) \[([\d, ]*)\]/g))
          if (dtype in dtypes)
            listed.push([
              null,
              torchName(dtype as DType),
              shape === '' ? [] : shape.split(', ').map(Number),
              null,
              null,
            ])
      }
    }
    return listed
  } catch (error) {
    if (isSdinspectError(error) && !error.code.startsWith('internal/')) return 'refused'
    throw error
  }
}

function torchName(dtype: DType | null): string {
  return `torch.${dtype === null ? '?' : dtypes[dtype].torch}`
}
