import type { ModuleClass } from '../model/report.ts'
import { classNames } from './class-text.ts'
import type { Span } from './terminal/table.ts'
import type { Theme } from './terminal/theme.ts'
import { sentence } from './text.ts'

/** The class of a module: `BatchNorm2d 64` when the file declares it, `~Linear 768→3072` when it is recognised. */
export function classSpans(module: ModuleClass, theme: Theme): readonly Span[] {
  const { glyphs } = theme
  const known = module.level === 'declared' || module.level === 'deduced'
  const name = sentence(classNames(module.classes), theme.ascii)
  const detail = module.detail.replaceAll('→', glyphs.arrow).replaceAll('×', glyphs.times)
  const style = known ? 'declared' : 'recognised'
  const spans: Span[] = [{ text: `${known ? '' : '~'}${name}`, style, cut: 'names' }]
  if (detail !== '') spans.push({ text: ` ${sentence(detail, theme.ascii)}`, style, cut: 'whole' })
  return spans
}
