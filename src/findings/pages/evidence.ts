import type { evidenceFindings } from '../evidence.ts'
import type { Pages } from './page.ts'

export const evidencePages: Pages<typeof evidenceFindings> = {
  'evidence/contradiction': {
    claim: 'Nothing in the checkpoint contradicts what is declared of a tensor',
    why: 'Where a file declares a tensor a parameter and the optimizer beside it says otherwise, one of the two belongs to another model.',
    case: 'An optimizer state resumed with the parameters of another run fails late, or trains the wrong tensors.',
    fix: 'look at the evidence with: sdinspect why',
  },
  'evidence/manifest-differs': {
    claim: 'The manifest of the live model lists what the checkpoint holds',
    why: 'A manifest is joined with a checkpoint by name and shape. What is in one of the two alone, or has another shape, shows that they are of two versions of the model.',
    case: 'A manifest written before a layer was widened declares every entry but those of that layer.',
    fix: 'write the manifest again from the model whose weights these are: docs/json.md',
  },
  'evidence/order': {
    claim: 'The entries stand in the order in which the modules wrote them',
    why: 'A module writes its parameters before its buffers. Where a state dict was edited after that, its order says nothing of an entry, and sdinspect concludes nothing from it.',
    case: 'A conversion script that renames with sd[new] = sd.pop(old) keeps _metadata and moves the entry to the end of its module, behind the buffers.',
    fix: 'nothing, or save the state dict of the loaded model again',
  },
  'evidence/said-against': {
    claim: 'What you say of a tensor is not against the layout it is in',
    why: 'You are believed, as only you know the model. A pattern that fits more tensors than was meant says wrong things of the others, and the counts follow it.',
    case: "--buffer '**.scale' is meant for one quantiser and fits the scale of every layer norm too.",
    fix: 'make the pattern narrower, and look at the claims with: sdinspect why',
  },
  'evidence/said-fits-nothing': {
    claim: 'What is said of tensors by name is said of some',
    why: 'A pattern that fits no tensor says nothing: what it was to freeze, or to call a buffer, is counted as before.',
    case: 'Module names change in a refactoring, and a pattern written for the old ones goes on as if it still held.',
    fix: 'look at the names with: sdinspect ls; * stays within a segment, ** goes across',
  },
}
