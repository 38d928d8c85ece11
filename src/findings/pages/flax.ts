import type { flaxFindings } from '../flax.ts'
import type { Pages } from './page.ts'

export const flaxPages: Pages<typeof flaxFindings> = {
  'flax/trailing-bytes': {
    claim: 'Nothing follows the tree of arrays',
    why: 'Flax refuses a file with something behind its tree, and other readers do not look at it.',
    case: 'Two files written one after the other, and downloads continued over a longer file of the same name.',
    fix: 'fetch or save the file again',
  },
}
