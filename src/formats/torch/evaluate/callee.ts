import type { PickleHost } from '../../../codec/pickle-evaluator.ts'
import type { PickleCall, PickleGlobal, PickleValue } from '../../../codec/pickle-value.ts'
import { globalOf } from '../objects/objects.ts'

/** What a call calls, in the names of Python 3, and whether it makes an object without initialising it. */
export interface Callee {
  readonly name: string
  readonly args: readonly PickleValue[]
  /** By `__new__` alone, which for dicts, lists and sets looks at no argument. */
  readonly isNew: boolean
}

/** A class or function that is known: what a call of it gives. */
export type Behaviour = (call: PickleCall, callee: Callee, context: CallContext) => PickleValue

export interface CallContext {
  readonly host: PickleHost
  unfollowed(what: string, offset: number): void
}

// Lib/_compat_pickle.py: modules of Python 2 that hold what is known here.
const modulesOfPython2: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
])
const namesOfPython2: ReadonlyMap<string, string> = new Map([
  ['builtins.xrange', 'builtins.range'],
  ['builtins.unicode', 'builtins.str'],
  ['builtins.long', 'builtins.int'],
])

/** `module.name` as Python 3 has it. */
export function pythonName({ module, name }: Pick<PickleGlobal, 'module' | 'name'>): string {
  const full = `${modulesOfPython2.get(module) ?? module}.${name}`
  return namesOfPython2.get(full) ?? full
}

/** undefined where a call's result is called, which nobody can follow. */
export function calleeOf(call: PickleCall): Callee | undefined {
  const global = globalOf(call.callee)
  if (global === undefined) return undefined
  const name = pythonName(global)
  if (name !== 'copyreg.__newobj__' && name !== 'copyreg.__newobj_ex__')
    return { name, args: call.args, isNew: call.via === 'newobj' || call.via === 'build' }
  const made = globalOf(call.args[0])
  if (made === undefined) return undefined
  return { name: pythonName(made), args: call.args.slice(1), isNew: true }
}
