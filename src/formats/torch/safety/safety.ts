import { SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import { shortened } from '../../../findings/shortened.ts'
import type { PickledImport, PickleSafety } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { addSafeGlobals } from './safe-globals.ts'

/** Dangerous imports beyond this many are summed up in one finding. */
const shownImports = 20

export function safetyOf(imports: readonly PickledImport[]): PickleSafety {
  return { plainWeights: imports.every((imported) => imported.allowed), imports }
}

/**
 * Findings about imports that `torch.load(weights_only=True)` refuses: one for each that is known to be
 * dangerous, one for all the rest. They say what a file names; they cannot say that a file does no harm.
 *
 * @param isOfTorch torch.load reads the file, so that what it would have to be told helps
 */
export function importFindings({ imports }: PickleSafety, file: string, isOfTorch = true): Finding[] {
  const rule = 'security/pickle-globals'
  const dangerous = imports.filter((imported) => imported.dangerous)
  const findings: Finding[] = dangerous
    .slice(0, shownImports)
    .map((one) => finding(rule, { what: 'dangerous', name: one.name, place: placeOf(one) }, { file }))
  const more = dangerous.slice(shownImports).map(({ name }) => name)
  if (more.length > 0) findings.push(finding(rule, { what: 'more', names: more }, { file }))
  const others = imports.filter((imported) => !imported.allowed && !imported.dangerous)
  if (others.length > 0) {
    const names = others.map(({ name }) => name)
    const told = isOfTorch ? addSafeGlobals(others) : null
    findings.push(finding(rule, { what: 'other', names, places: others.map(placeOf), told }, { file }))
  }
  return findings
}

function placeOf({ within, offset, keyPath }: PickledImport): string {
  return `${within} byte ${offset}${keyPath === null ? '' : ` at ${shortened(keyPath)}`}`
}

/**
 * The error of a pickle that could not be read to its end, with what it named before.
 *
 * @param base where the pickle starts in its file
 */
export function brokenPickle(
  error: SdinspectError | null,
  imports: readonly PickledImport[],
  base = 0,
): SdinspectError {
  if (error === null) return new SdinspectError('format/malformed', 'the pickle has no value')
  return new SdinspectError(error.code, error.message + importsBeforeError(imports), {
    offset: error.offset === undefined ? undefined : base + error.offset,
    hint: error.ownHint,
    cause: error,
  })
}

/** What of a broken pickle's imports belongs in the error about it: code that ran before the end. */
export function importsBeforeError(imports: readonly PickledImport[]): string {
  const others = imports.filter((imported) => !imported.allowed)
  if (others.length === 0) return ''
  const names = others.slice(0, 5).map((one) => `${shortened(one.name)} at ${one.offset}`)
  return `; before that it imports ${names.join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}`
}
