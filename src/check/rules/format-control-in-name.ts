import type { Rule } from '../rule.ts'

export const formatControlInName: Rule = {
  id: 'format/control-in-name',
  level: 'warning',
  claim: 'No tensor name has a control character',
  why: 'A newline, an escape or a delete in a name moves the cursor of a terminal, breaks the lines of a log and makes one tensor look like two. No library writes such a name.',
  case: 'A name with an escape sequence hides the lines before it from whoever prints the names.',
  fix: 'find out who wrote the file; rename the tensors if you trust it',
}
