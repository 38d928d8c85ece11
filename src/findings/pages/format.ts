import type { formatFindings } from '../format.ts'
import type { Pages } from './page.ts'

export const formatPages: Pages<typeof formatFindings> = {
  'file/not-a-pointer': {
    claim: 'The file is the checkpoint, not something that stands for it',
    why: 'Git without LFS leaves a pointer of 130 bytes, a server that refuses sends a page, a full disk leaves an empty file: all of them under the name of the weights.',
    case: 'HeaderTooLarge is nearly always a Git LFS pointer (microsoft/OmniParser #34, deepseek-ai/DeepSeek-V3 #557).',
    fix: 'fetch the file itself: git lfs pull, dvc pull, or download it again; in GitHub Actions, actions/checkout with lfs: true',
  },
  'format/control-in-name': {
    claim: 'No tensor name has a control character',
    why: 'A newline, an escape or a delete in a name moves the cursor of a terminal, breaks the lines of a log and makes one tensor look like two. No library writes such a name.',
    case: 'A name with an escape sequence hides the lines before it from whoever prints the names.',
    fix: 'find out who wrote the file; rename the tensors if you trust it',
  },
  'format/empty-name': {
    claim: 'Every tensor has a name that is not empty',
    why: 'load_state_dict has nothing to put a tensor without a name in: it is an unexpected key, or left out.',
    case: 'Wrappers that strip a prefix which was the whole name leave an empty one.',
    fix: 'save the file again with the name the model has for the tensor',
  },
  'format/huge-dimension': {
    claim: 'Every dimension can be told exactly by every reader',
    why: 'A dimension beyond 2^53 is rounded by readers that keep numbers in a double, JavaScript and JSON tools among them.',
    case: 'Shapes with a zero beside a huge dimension hold no bytes, so no size check finds them.',
    fix: 'save the tensor with the shape it really has',
  },
  'format/invisible-in-name': {
    claim: 'No tensor name has invisible or direction-changing characters',
    why: 'Characters without width and marks that turn the direction of text make two names look the same, or one name look like another.',
    case: 'A name that passes a review by eye and misses every pattern of a policy.',
    fix: 'find out who wrote the file; rename the tensors if you trust it',
  },
  'format/leading-whitespace': {
    claim: 'The header of a safetensors file begins with "{"',
    why: 'The format says so, and readers differ in what they do when it does not.',
    case: 'The reference reader takes white space before the header, others refuse it.',
    fix: 'save the file again with the safetensors library',
  },
  'format/names-look-equal': {
    claim: 'No two tensor names are equal after Unicode normalisation',
    why: 'One accented letter has several encodings. To Python the two names are different keys; to a person, and to software that normalises, they are one.',
    case: 'A model whose module names are not ASCII, saved on two systems and merged.',
    fix: 'rename one of the two, or remove the one that is not meant',
  },
  'format/null-metadata': {
    claim: 'The metadata of a safetensors file is an object or absent',
    why: 'Some loaders take null for an empty object and others refuse the file.',
    case: 'Missing or empty metadata broke loaders more than once (pytorch/torchtune PR #1126, ml-explore/mlx #743).',
    fix: 'save the file again, with metadata or without',
  },
  'format/unknown-field': {
    claim: 'Every tensor has the fields of the format and no other',
    why: 'The reference implementation passes over what it does not know, and other readers refuse it: what the field says is lost on most of them.',
    case: 'Writers of their own that put statistics or a checksum beside the shape.',
    fix: 'keep what it says in __metadata__, which is made for that',
  },
  'format/valid': {
    claim: 'The file keeps every rule of its format',
    why: 'A file that is cut off, has bytes that belong to nothing or says two things at once is read differently by different loaders, or not at all.',
    case: 'A published file declared 3.67 GB of tensors and held 1.84 GB: every served artifact had weights of zeros (microsoft/BitNet #608).',
    fix: 'download or save the file again, and compare its SHA-256 with the one of its source',
  },
  'format/wrong-name': {
    claim: 'The ending of the file says what is in it',
    why: 'Loaders go by the name. A pickle called .safetensors is refused by some and run by those that look inside; a safetensors file called .pt cannot be loaded with torch.load.',
    case: 'Scanners that choose by the ending let a pickle under another name pass.',
    fix: 'give it the name of what it is',
  },
}
