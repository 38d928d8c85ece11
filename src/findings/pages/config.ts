import type { configFindings } from '../config.ts'
import type { Pages } from './page.ts'

export const configPages: Pages<typeof configFindings> = {
  'config/unreadable': {
    claim: 'The configuration files beside the weights can be read',
    why: 'Without them what they say of the weights is not checked. Of one that is cut off no library makes a model.',
    case: 'A config.json with NaN or a trailing comma loads in one library and not in the next.',
    fix: 'repair the file, or delete it if it is not used',
  },
}
