import type { Rule } from '../rule.ts'

export const zipStrayBytes: Rule = {
  id: 'zip/stray-bytes',
  level: 'warning',
  claim: 'Nothing lies between the entries of the archive',
  why: 'Bytes no entry owns can hold a second archive that another reader sees.',
  case: 'Two readers of one zip file that see different entries are a known way past scanners.',
  fix: 'save the file again',
}
