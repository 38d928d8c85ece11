import type { tensorflowFindings } from '../tensorflow.ts'
import type { Pages } from './page.ts'

export const tensorflowPages: Pages<typeof tensorflowFindings> = {
  'tensorflow/data-end': {
    claim: 'The files of values are as long as the index says',
    why: 'TensorFlow refuses to read the tensor: OutOfRangeError.',
    case: 'A .data file that was cut off by a download or a full disk, beside an index that was not.',
    fix: 'fetch or save the checkpoint again, index and values together',
  },
  'tensorflow/missing-data': {
    claim: 'The files of values are beside the index',
    why: 'The index has names, types and shapes, and no values.',
    case: 'model.ckpt.index copied without model.ckpt.data-00000-of-00001, which the prefix that TensorFlow is given stands for.',
    fix: 'put the files that are called as the index, with .data-00000-of-00001 and on at their end, beside it',
  },
}
