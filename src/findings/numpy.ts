import { quoted } from '../errors.ts'
import { entry } from './entry.ts'
import { nameList } from './name-list.ts'

export const numpyFindings = {
  'numpy/other-members': entry({
    level: 'warning',
    message: ({ names }: { names: readonly string[] }) =>
      `${names.length === 1 ? 'one member of the archive is' : `${names.length} members of the archive are`} no array: ${nameList(names)}`,
  }),
  'numpy/raw-type': entry({
    level: 'warning',
    message: (_: Readonly<Record<never, never>>, { tensor }) =>
      `tensor ${quoted(tensor)} is of raw elements of 2 bytes (|V2), as NumPy keeps bfloat16: its type is not recorded`,
    about: ['tensor'],
    fixOf: 'save it as float32, or in safetensors',
  }),
  'numpy/trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes, end }: { bytes: number; end: number }, { tensor }) =>
      `${bytes} bytes follow the values of ${quoted(tensor)}, which end at ${end}`,
    about: ['tensor'],
  }),
}
