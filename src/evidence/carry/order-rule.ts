import type { ArgsOf } from '../../findings/catalogue.ts'
import { finding } from '../../findings/finding.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { type Answer, type Kind, levelRank } from '../../model/verdict.ts'
import type { ClaimBook } from '../claim-book.ts'
import { isFloating } from '../module-view.ts'
import type { Subject } from '../source.ts'
import type { CarryRule } from './rule.ts'

const source = 'order-rule'

/**
 * Within one module, all own parameters come before all own persistent buffers
 * (torch/nn/modules/module.py, `_save_to_state_dict`): what follows a buffer is a buffer, what precedes a
 * parameter is a parameter. A dict can be edited, and keeps its `_metadata` when it is, so what follows from the
 * order is recognised; where anything in the file does not fit a dict as the modules wrote it, the rule is silent.
 */
export const orderRule: CarryRule = {
  id: source,
  title: 'Own parameters come before own buffers',
  carry(subject, book) {
    const { stateDict, tree } = subject
    if (stateDict.order !== 'registration') return false
    const broken = whatBreaks(subject, book)
    if (broken !== null) {
      // Said once: the rule runs until nothing changes.
      if (!book.findings.some(({ rule }) => rule === 'evidence/order')) book.finding(broken)
      return false
    }
    let changed = false
    const give = (index: number, answer: Answer<Kind>): void => {
      const before = book.kinds.best(index)
      if (before !== undefined && levelRank(before.level) <= levelRank(answer.level)) return
      if (book.kind(index, answer)) changed = true
    }
    for (let module = 0; module < tree.size; module++) {
      if (tree.ownCount(module) < 2) continue
      const own = tree.ownOf(module)
      let known = false
      for (const index of own) {
        if (known) give(index, laterBuffer)
        known ||= isKnown(book, index, 'buffer')
      }
      known = false
      for (let i = own.length - 1; i >= 0; i--) {
        const index = own[i] as number
        if (known) give(index, earlierParameter)
        known ||= isKnown(book, index, 'parameter')
      }
    }
    return changed
  },
}

const laterBuffer: Answer<Kind> = {
  answer: 'buffer',
  level: 'recognised',
  reason: 'follows a known buffer of the same module, and own parameters come before own buffers',
  source,
}
const earlierParameter: Answer<Kind> = {
  answer: 'parameter',
  level: 'recognised',
  reason: 'precedes a known parameter of the same module, and own parameters come before own buffers',
  source,
}

/** Assumptions are not carried. */
function isKnown(book: ClaimBook, index: number, kind: Kind): boolean {
  const best = book.kinds.best(index)
  return best?.answer === kind && best.level !== 'assumed'
}

/**
 * What shows that the order is not as the modules wrote it, as a finding that says where; null where nothing does.
 * That each module's entries stand together is the reader's condition for calling it registration order at all.
 */
function whatBreaks({ stateDict, tree }: Subject, book: ClaimBook): Finding | null {
  const at = (index: number): string => stateDict.tensors.at(index)?.name ?? ''
  const versions = stateDict.facts.moduleVersions
  if (versions !== undefined) {
    const places = new Map([...versions.keys()].map((path, place) => [path, place]))
    let before = -1
    let beforePath = ''
    for (let module = 0; module < tree.size; module++) {
      if (tree.ownCount(module) === 0) continue
      const path = tree.path(module)
      const place = places.get(path)
      const first = at(tree.ownOf(module)[0] as number)
      if (place === undefined) return orderFinding({ what: 'unlisted-module', module: path }, first)
      if (place < before)
        return orderFinding({ what: 'moved-module', module: path, after: beforePath }, first)
      before = place
      beforePath = path
    }
  }
  for (let module = 0; module < tree.size; module++) {
    let buffer: number | undefined
    let notGiven: number | undefined
    for (const index of tree.ownOf(module)) {
      if (isKnown(book, index, 'buffer')) buffer ??= index
      else if (isKnown(book, index, 'parameter')) {
        if (buffer !== undefined)
          return orderFinding({ what: 'behind-buffer', buffer: at(buffer) }, at(index))
        if (notGiven !== undefined && wasGiven(book, index))
          return orderFinding({ what: 'not-given', behind: at(index) }, at(notGiven))
      } else if (isFloating(stateDict.tensors.at(index) as Tensor) && wasNotGiven(book, index))
        notGiven ??= index
    }
  }
  return null
}

function wasGiven(book: ClaimBook, index: number): boolean {
  const best = book.trainables.best(index)
  return best?.source === 'optimizer-alignment' && best.answer !== 'no'
}

function wasNotGiven(book: ClaimBook, index: number): boolean {
  const best = book.trainables.best(index)
  return best?.source === 'optimizer-alignment' && best.answer === 'no'
}

function orderFinding(moved: ArgsOf<'evidence/order'>, tensor: string): Finding {
  return finding('evidence/order', moved, { tensor })
}
