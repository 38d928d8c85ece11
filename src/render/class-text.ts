import type { ModuleClass } from '../model/report.ts'

/** The class of a module in words: `BatchNorm2d 64` where it is declared, `~Linear 768→3072` where recognised. May hold text of the file. */
export function classText({ classes, detail, level }: ModuleClass): string {
  const known = level === 'declared' || level === 'deduced'
  return `${known ? '' : '~'}${classes.join('|')}${detail === '' ? '' : ` ${detail}`}`
}
