import type { evidenceFindings } from '../evidence.ts'
import type { Pages } from './page.ts'

export const evidencePages: Pages<typeof evidenceFindings> = {
  'evidence/contradiction': {
    claim: 'Nothing in the checkpoint contradicts what is declared of a tensor',
    why: 'Where a file declares a tensor a parameter and the optimizer beside it says otherwise, one of the two belongs to another model.',
    case: 'An optimizer state resumed with the parameters of another run fails late, or trains the wrong tensors.',
    fix: 'look at the evidence with: sdinspect why',
  },
  'evidence/frozen-fits-nothing': {
    claim: 'What is said to be frozen is in the checkpoint',
    why: 'A pattern that names frozen tensors and fits none freezes nothing, and the trainable count is that of the whole model.',
    case: 'Module names change in a refactoring, and a pattern written for the old ones goes on as if it still held.',
    fix: 'look at the names with: sdinspect ls; * stays within a segment, ** goes across',
  },
  'evidence/order': {
    claim: 'The entries stand in the order in which the modules wrote them',
    why: 'A module writes its parameters before its buffers. Where a state dict was edited after that, its order says nothing of an entry, and sdinspect concludes nothing from it.',
    case: 'A conversion script that renames with sd[new] = sd.pop(old) keeps _metadata and moves the entry to the end of its module, behind the buffers.',
    fix: 'nothing, or save the state dict of the loaded model again',
  },
}
