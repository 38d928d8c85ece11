import type { zipFindings } from '../zip.ts'
import type { Pages } from './page.ts'

export const zipPages: Pages<typeof zipFindings> = {
  'zip/checksum': {
    claim: 'The checksums in the archive are right',
    why: 'The bytes are not those that were written.',
    case: 'torch ignores the checksums it writes, so a flipped bit loads without a word (pytorch/pytorch #126952).',
    fix: 'download the file again',
  },
  'zip/name-case': {
    claim: 'Entries of the archive have the names torch gives them',
    why: 'torch finds entries whatever their case, other readers do not: the two may see different files.',
    case: 'Archives packed again by tools that change names.',
    fix: 'save the file again with torch.save',
  },
  'zip/stray-bytes': {
    claim: 'Nothing lies between the entries of the archive',
    why: 'Bytes no entry owns can hold a second archive that another reader sees.',
    case: 'Two readers of one zip file that see different entries are a known way past scanners.',
    fix: 'save the file again',
  },
  'zip/trailing-bytes': {
    claim: 'Nothing follows the end of the archive',
    why: 'Readers look for the end of an archive from the back and may find another one.',
    case: 'Uploads glued together, and files written over longer ones.',
    fix: 'save the file again',
  },
}
