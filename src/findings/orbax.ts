import { quoted } from '../errors.ts'
import { entry } from './entry.ts'

export const orbaxFindings = {
  'orbax/missing-array': entry({
    level: 'error',
    message: (_, { tensor, file }) =>
      `the values of ${quoted(tensor)} are to be in the folder ${quoted(file)}, which is not there or has no description`,
    about: ['tensor', 'file'],
  }),
  'orbax/other-shape': entry({
    level: 'error',
    message: ({ said, there }: { said: readonly number[]; there: readonly number[] }, { tensor }) =>
      `_METADATA says that ${quoted(tensor)} is [${said.join(', ')}], and its array is [${there.join(', ')}]`,
    about: ['tensor', 'file'],
  }),
  'orbax/types-elsewhere': entry({
    level: 'info',
    message: ({ tensors, where }: { tensors: number; where: string }) =>
      `the element types of ${tensors} tensors, and all values, are in ${where}, which is not read`,
    about: ['file'],
  }),
}
