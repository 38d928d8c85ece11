import { entry } from './entry.ts'
import { nameList } from './name-list.ts'

export const jsonFindings = {
  'json/nonfinite': entry({
    level: 'warning',
    message: ({ tensors }: { tensors: readonly string[] }) =>
      `NaN or an infinity is among the values of ${nameList(tensors)}, written as json.dump of Python does and not as JSON allows`,
  }),
}
