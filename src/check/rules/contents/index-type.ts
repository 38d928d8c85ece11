import { quoted } from '../../../errors.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import { dtypes } from '../../../model/tensors/dtype.ts'
import { rule } from '../../rule.ts'
import { countsPlaces } from '../../structure/value-tensors.ts'

export const contentsIndexType = rule({
  id: 'contents/index-type',
  level: 'warning',
  claim: 'Position indices are integers',
  why: 'A merge or a conversion that treats them as weights rounds them, and tokens get the place of others.',
  case: 'CLIP position_ids turned into floats by merges of checkpoints (AUTOMATIC1111/stable-diffusion-webui #6728, #7450).',
  fix: 'take the buffer from the model as its code makes it; --values tells whether it is broken',
  about: ['tensor'],
  message: ({ dtype }: { dtype: string }, { tensor }) =>
    `the position indices ${quoted(tensor)} are of ${dtype}`,

  *check({ stateDict }, tell) {
    if (stateDict === null) return
    const inspection = inspectionOf(stateDict)
    // Of names, the segments are few.
    if (!inspection.hasSegment(countsPlaces)) return
    const { table } = inspection
    for (let index = 0; index < table.length; index++) {
      const name = table.name(index)
      const dtype = table.dtype(index)
      if (dtype !== null && dtypes[dtype].requiresGrad && countsPlaces(name))
        yield tell({ dtype }, { tensor: name })
    }
  },
})
