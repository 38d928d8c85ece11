import { quoted } from '../errors.ts'
import { entry } from './entry.ts'

export const hdf5Findings = {
  'hdf5/chunked': entry({
    level: 'warning',
    message: ({ count, how }: { count: number; how: string }, { tensor }) =>
      `${count === 1 ? `tensor ${quoted(tensor)} is` : `${count} tensors, ${quoted(tensor)} first, are`} stored in pieces ${how}: the values cannot be read`,
    about: ['tensor'],
  }),
  'hdf5/never-written': entry({
    level: 'warning',
    message: (_: Readonly<Record<never, never>>, { tensor }) =>
      `tensor ${quoted(tensor)} has no values: nothing was ever written to it`,
    about: ['tensor'],
  }),
  'hdf5/outside': entry({
    level: 'warning',
    message: (_: Readonly<Record<never, never>>, { tensor }) =>
      `the values of tensor ${quoted(tensor)} are in other files, which are not read`,
    about: ['tensor'],
  }),
  'hdf5/strange-type': entry({
    level: 'warning',
    message: ({ said }: { said: string }, { tensor }) =>
      `tensor ${quoted(tensor)} is of ${said}, which is no type of torch: its values are not read`,
    about: ['tensor'],
  }),
}
