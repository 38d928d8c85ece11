import type { configFindings } from '../config.ts'
import type { Pages } from './page.ts'

export const configPages: Pages<typeof configFindings> = {
  'config/weights-file': {
    claim: 'The file that config.json names as the weights is there',
    why: 'With transformers_weights in its configuration a folder is loaded from the file that it names, whatever else is there. Where that file is not in the folder, or is no safetensors file, transformers ends with an error.',
    case: 'transformers 5, modeling_utils.py (_get_resolved_checkpoint_files): the name comes before model.safetensors.',
    fix: 'name a file of the folder, or take transformers_weights out of config.json',
  },
  'config/unreadable': {
    claim: 'The configuration files beside the weights can be read',
    why: 'Without them what they say of the weights is not checked. Of one that is cut off no library makes a model, nor do transformers, diffusers and PEFT of one that is broken or ambiguous beside weights under their names: an error.',
    case: 'A config.json with NaN or a trailing comma loads in one library and not in the next.',
    fix: 'repair the file, or delete it if it is not used',
  },
}
