import { SdinspectError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import type { Checkpoint, Declaration, ValueEntry } from '../../model/checkpoint.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { together } from '../../source/together.ts'
import { pathDeclarations } from '../flax-collections.ts'
import { isRegistrationOrder } from '../registration-order.ts'
import { importFindings, safetyOf } from '../torch/safety/safety.ts'
import { type ReadArray, readArray, type StoredArray } from './stored-array.ts'

/** Headers that are read at one time: at a distance these are one round. */
const atOnce = 1_000

/** Reads arrays as one state dict. */
export async function assemble(
  format: string,
  arrays: readonly StoredArray[],
  file: { readonly name: string; readonly bytes: number },
  limits: Limits,
): Promise<Checkpoint> {
  const read: ReadArray[] = []
  for (let at = 0; at < arrays.length; at += atOnce) {
    const some = arrays.slice(at, at + atOnce)
    read.push(...(await together(some.map((array) => within(array, readArray(array, limits))))))
  }
  const tensors: Tensor[] = []
  const values: ValueEntry[] = []
  for (const { tensor, value } of read) {
    if (tensor !== undefined) tensors.push(tensor)
    if (value !== undefined) values.push({ ...value, position: tensors.length })
  }
  const safety = safetyOf(read.flatMap(({ imports }) => imports))
  return {
    format,
    producer: null,
    files: [{ ...file, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: [
      {
        path: '',
        role: 'model',
        tensors,
        ...(values.length === 0 ? {} : { values }),
        // savez keeps the order of its arguments, and whoever called it may have sorted them.
        order: isRegistrationOrder(tensors.map(({ name }) => name)) ? 'registration' : 'unrecorded',
        facts: factsOf(tensors),
      },
    ],
    ...(read.some(({ value, imports }) => value !== undefined && imports.length > 0)
      ? { pickle: safety }
      : {}),
    findings: [...importFindings(safety, file.name, false), ...read.flatMap(({ findings }) => findings)],
  }
}

/** JAX programs save a flattened tree of Flax so. */
function factsOf(tensors: readonly Tensor[]): { declarations?: ReadonlyMap<string, Declaration> } {
  const declarations = pathDeclarations(tensors)
  return declarations.size === 0 ? {} : { declarations }
}

async function within(array: StoredArray, reading: Promise<ReadArray>): Promise<ReadArray> {
  try {
    return await reading
  } catch (error) {
    throw error instanceof SdinspectError ? error.within({ tensor: array.name }) : error
  }
}
