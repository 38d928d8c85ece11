import type { jsonFindings } from '../json.ts'
import type { Pages } from './page.ts'

export const jsonPages: Pages<typeof jsonFindings> = {
  'json/nonfinite': {
    claim: 'No value written as text is NaN or infinite',
    why: 'JSON has no such numbers: one library writes them and the next refuses the file. In a weight they make every output NaN.',
    case: 'json.dump of Python writes NaN unless it is told not to.',
    fix: 'find out where the value comes from, and take an earlier checkpoint',
  },
}
