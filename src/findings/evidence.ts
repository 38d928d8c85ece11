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
  declared: 'what is declared does not fit what follows from the rest of the file',
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
  'evidence/manifest-differs': entry({
    level: 'warning',
    message: ({ what, manifest, count, first }: ManifestDiffers) =>
      `the manifest ${quoted(manifest)} ${differences[what](count === 1 ? '1 tensor' : `${count} tensors`)}: ${quoted(first)}${count === 1 ? '' : ', …'}`,
    fixOf: 'write the manifest again from the model whose weights these are',
  }),
  'evidence/order': entry({
    level: 'info',
    message: (moved: Moved) =>
      `the entries are not in the order the modules wrote them, so nothing is concluded from their order: ${movedText(moved)}`,
    about: ['tensor'],
  }),
  'evidence/said-against': entry({
    level: 'warning',
    message: ({ saying, says, is, why, count }: SaidAgainst) =>
      `you say ${says} (${saying.replace(/^by you: /, '')}), and it is recognised as ${is} (${why})${count === 1 ? '' : `; so are ${count - 1} more`}`,
    fixOf: 'you are believed; if the pattern fits more than it should, make it narrower',
    about: ['tensor'],
  }),
  'evidence/said-fits-nothing': entry({
    level: 'warning',
    message: ({ by }: { by: string }) => `no tensor fits ${by}, so it says nothing`,
    fixOf: 'look at the names with sdinspect ls; * stays within a segment, ** goes across',
  }),
}

/** What the user says of a tensor, and what the file looks like. */
type SaidAgainst = {
  readonly saying: string
  readonly says: string
  readonly is: string
  readonly why: string
  /** Tensors of which both are so. */
  readonly count: number
}

/** How a manifest and the file it is joined with are of two models. */
type ManifestDiffers = {
  readonly what: 'other-shape' | 'unlisted' | 'missing'
  readonly manifest: string
  readonly count: number
  readonly first: string
}

const differences: Record<ManifestDiffers['what'], (tensors: string) => string> = {
  'other-shape': (tensors) => `has another shape for ${tensors}, of which it says nothing`,
  unlisted: (tensors) => `does not list ${tensors} of the file`,
  missing: (tensors) => `lists ${tensors} that the file does not have`,
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
