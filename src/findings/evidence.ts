import { quoted } from '../errors.ts'
import { entry } from './entry.ts'
import { type More, moreText } from './more.ts'

type Contradiction = {
  /** Two claims about the kind, two about whether it trains, or what is declared and what follows from it. */
  what: 'kind' | 'trainable' | 'declared'
  first: string
  firstReason: string
  second: string
  secondReason: string
}

const contradictions: Record<Contradiction['what'], string> = {
  kind: 'two strong claims about its kind',
  trainable: 'two strong claims about its trainability',
  declared: 'what the file declares does not fit what follows from it',
}

/** What shows that entries were moved. Modules by their path, '' for the root; entries by their name. */
type Moved =
  | { what: 'unlisted-module'; module: string }
  | { what: 'moved-module'; module: string; after: string }
  | { what: 'behind-buffer'; buffer: string }
  | { what: 'not-given'; behind: string }

export const evidenceFindings = {
  'evidence/contradiction': entry({
    level: 'warning',
    message: (args: Contradiction | More) =>
      'more' in args
        ? moreText(args, 'have contradicting evidence')
        : `${contradictions[args.what]}: ${args.first} (${args.firstReason}), and ${args.second} (${args.secondReason})`,
    fixOf: (args) =>
      'more' in args ? null : 'look at the claims with sdinspect why; one of the two sources is wrong',
  }),
  'evidence/frozen-fits-nothing': entry({
    level: 'warning',
    message: () => 'no tensor fits what --frozen names, so nothing is frozen by it',
    fixOf: 'look at the names with sdinspect ls; * stays within a segment, ** goes across',
  }),
  'evidence/order': entry({
    level: 'info',
    message: (moved: Moved) =>
      `the entries are not in the order the modules wrote them, so nothing is concluded from their order: ${movedText(moved)}`,
    about: ['tensor'],
  }),
}

function movedText(moved: Moved): string {
  switch (moved.what) {
    case 'unlisted-module':
      return `${moduleText(moved.module)} is not among the modules that _metadata lists`
    case 'moved-module':
      return `${moduleText(moved.module)} comes after ${moduleText(moved.after)}, and before it in _metadata`
    case 'behind-buffer':
      return `it is a parameter, and stands behind the buffer ${quoted(moved.buffer)}`
    case 'not-given':
      return `no optimizer in the file was given it, as it was ${quoted(moved.behind)} behind it: it was frozen, or it is a buffer`
  }
}

function moduleText(path: string): string {
  return path === '' ? 'the root module' : quoted(path)
}
