import type { ModuleClass } from '../model/report.ts'

/** The class of a module in words: `BatchNorm2d 64` where it is declared, `~Linear 768→3072` where recognised. May hold text of the file. */
export function classText({ classes, detail, level }: ModuleClass): string {
  const known = level === 'declared' || level === 'deduced'
  return `${known ? '' : '~'}${classNames(classes)}${detail === '' ? '' : ` ${detail}`}`
}

/** Classes a line has room for; `why` and JSON have all. */
const mostNamed = 3

/** Names of the classes it may be of, the likeliest first: `Linear|Embedding`, `GroupNorm|LayerNorm|…`. */
export function classNames(classes: readonly string[]): string {
  return classes.length <= mostNamed ? classes.join('|') : [...classes.slice(0, 2), '…'].join('|')
}
