import type { partsFindings } from '../parts.ts'
import type { Pages } from './page.ts'

export const partsPages: Pages<typeof partsFindings> = {
  'parts/missing': {
    claim: 'Every part that model_index.json or modules.json names is there, with its weights',
    why: 'diffusers and sentence-transformers load each part from a folder of its own. One that is missing ends loading, or the model answers without it.',
    case: 'A pipeline without the weights of its unet (huggingface/diffusers #10928); a model without its Dense module (huggingface/sentence-transformers #2458).',
    fix: 'download or save all of it again',
  },
  'parts/only-variant': {
    claim: 'Every part can be loaded without naming a variant',
    why: 'diffusers takes files of a variant (fp16) only when it is told to, and fails without.',
    case: 'Repositories that keep nothing but diffusion_pytorch_model.fp16.safetensors.',
    fix: 'load it with the variant that is there, or save it without one',
  },
}
