import type { Counter } from './instrument.ts'

/** How much of a target's code its inputs have run. */
export interface Coverage {
  readonly lines: { readonly reached: number; readonly all: number }
  readonly branches: { readonly reached: number; readonly all: number }
}

/** Of the files that a target is about: lines that begin a statement, and ways out of branches. */
export function coverageOf(
  about: readonly string[],
  counters: readonly Counter[],
  reached: readonly boolean[],
): Coverage {
  const lines = new Map<number, boolean>()
  const branches = { reached: 0, all: 0 }
  counters.forEach(({ file, line, kind }, at) => {
    if (!about.some((path) => file.startsWith(path))) return
    const isReached = reached[at] === true
    if (kind === 'statement') lines.set(line, lines.get(line) === true || isReached)
    else if (kind === 'branch') {
      branches.all++
      if (isReached) branches.reached++
    }
  })
  return {
    lines: { reached: [...lines.values()].filter((is) => is).length, all: lines.size },
    branches,
  }
}
