import { entry } from './entry.ts'

export const flaxFindings = {
  'flax/trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes, end }: { bytes: number; end: number }) =>
      `${bytes} bytes follow the tree of arrays, which ends at ${end}`,
    measures: ['bytes', 'end'],
  }),
}
