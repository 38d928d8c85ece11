import { quoted } from '../errors.ts'
import { entry } from './entry.ts'

export const tensorflowFindings = {
  'tensorflow/data-end': entry({
    level: 'error',
    message: ({ end, there }: { end: number; there: number }, { tensor, file }) =>
      `the values of tensor ${quoted(tensor)} end at ${end} of ${quoted(file)}, which has ${there} bytes`,
    about: ['tensor', 'file'],
    measures: ['end', 'there'],
  }),
  'tensorflow/missing-data': entry({
    level: 'error',
    message: (_, { file }) => `the index names values in ${quoted(file)}, which is not beside it`,
    about: ['file'],
  }),
}
