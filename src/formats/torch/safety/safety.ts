import { SdinspectError } from '../../../errors.ts'
import type { PickledImport, PickleSafety } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { addSafeGlobals } from './safe-globals.ts'

/** Dangerous imports beyond this many are summed up in one finding. */
const shownImports = 20
/** Names in the finding about all other classes. */
const shownNames = 6

export function safetyOf(imports: readonly PickledImport[]): PickleSafety {
  return { plainWeights: imports.every((imported) => imported.allowed), imports }
}

/**
 * Findings about imports that `torch.load(weights_only=True)` refuses: one for each that is known to be
 * dangerous, one for all the rest. They say what a file names; they cannot say that a file does no harm.
 */
export function importFindings({ imports }: PickleSafety, file: string): Finding[] {
  const rule = 'security/pickle-globals'
  const dangerous = imports.filter((imported) => imported.dangerous)
  const findings = dangerous.slice(0, shownImports).map(
    (imported): Finding => ({
      rule,
      level: 'error',
      file,
      message: `imports ${shortened(imported.name)}, which can run code or reach the system when the file is loaded (${placeOf(imported)})`,
      fix: 'do not load the file with pickle or with torch.load(weights_only=False)',
    }),
  )
  if (dangerous.length > shownImports)
    findings.push({
      rule,
      level: 'error',
      file,
      message: `imports ${dangerous.length - shownImports} more functions that can run code or reach the system`,
    })
  const others = imports.filter((imported) => !imported.allowed && !imported.dangerous)
  if (others.length > 0) {
    const names = others.slice(0, shownNames).map((one) => `${shortened(one.name)} (${placeOf(one)})`)
    findings.push({
      rule,
      level: 'warning',
      file,
      message:
        `not plain weights: loading runs code of ${others.length} ${others.length === 1 ? 'class or function' : 'classes or functions'}: ` +
        names.join(', ') +
        (others.length > shownNames ? `, and ${others.length - shownNames} more` : ''),
      fix: fixOf(others),
    })
  }
  return findings
}

/** torch does not load the file without being told of each of these. */
function fixOf(others: readonly PickledImport[]): string {
  const told = addSafeGlobals(others)
  return `load it only if you trust the file, or ask its author for a state dict${told === null ? '' : `; weights_only=True needs ${told}`}`
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
    hint: error.hint,
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

function shortened(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 120)}…${name.slice(-60)}`
}
