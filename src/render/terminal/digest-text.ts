import type { ViewOptions } from '../renderer.ts'
import type { DigestCheck, DigestResult } from '../results.ts'
import { nameForOutput } from '../text.ts'

/** As sha256sum writes them: the digest, two spaces, what it is of. */
export function* digestText(
  result: DigestResult,
  options: Pick<ViewOptions, 'tensors' | 'contents'>,
  several: boolean,
  ascii: boolean,
): Generator<string> {
  const path = nameForOutput(result.path, ascii)
  if (!options.tensors) {
    yield `${options.contents ? result.contents : result.digest}  ${path}`
    return
  }
  for (const [name, digest] of result.tensors)
    yield `${digest}  ${several ? `${path}: ` : ''}${nameForOutput(name, ascii)}`
}

export function* digestCheckText({ path, state }: DigestCheck, ascii: boolean): Generator<string> {
  const says = { same: 'OK', 'same contents': 'OK, whatever the names', different: 'FAILED' }[state]
  yield `${nameForOutput(path, ascii)}: ${says}`
}
