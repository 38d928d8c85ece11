import type { PickledImport } from '../../../model/checkpoint.ts'

/** More than any file of the field needs; beyond it the list is of no use to a person. */
const mostNames = 200

/** torch takes the one name for the other when it reads a pickle of Python 2. */
const ofPython2 = /^__builtin__\./

const dottedName = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u

/**
 * The Python to paste before `torch.load(weights_only=True)` for a file that needs these imports, in torch's spelling:
 * what is of builtins stands for itself. null where a name is none that Python has.
 */
export function addSafeGlobals(imports: readonly Pick<PickledImport, 'name'>[]): string | null {
  const names = new Set<string>()
  const modules = new Set<string>()
  for (const { name } of imports) {
    const full = name.replace(ofPython2, 'builtins.').replace(/^copy_reg\./, 'copyreg.')
    if (!dottedName.test(full) || names.size > mostNames) return null
    names.add(full.replace(/^builtins\./, ''))
    const module = moduleOf(full)
    if (module !== 'torch' && module !== 'builtins' && module !== '__main__') modules.add(module)
  }
  if (names.size === 0) return null
  const imported = modules.size === 0 ? '' : `import ${[...modules].join(', ')}; `
  return `${imported}torch.serialization.add_safe_globals([${[...names].join(', ')}])`
}

/** Up to the first class: what is in a class is no module. */
function moduleOf(name: string): string {
  const segments = name.split('.')
  const firstClass = segments.findIndex((segment) => /^_*\p{Lu}/u.test(segment))
  return segments.slice(0, firstClass > 0 ? firstClass : -1).join('.')
}
