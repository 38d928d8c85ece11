import { quoted, SdinspectError } from '../../errors.ts'
import { anyPattern, compilePattern, type Matcher } from '../../model/names/pattern.ts'
import { suggestPattern } from '../../model/names/pattern-suggestion.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import { chosenStateDict, narrowed } from '../../model/select.ts'
import type { View } from '../../render/renderer.ts'
import type { ExitCode } from '../io.ts'
import type { Talk } from '../output/talk.ts'
import type { Options } from './options.ts'

/** Names kept to say what a pattern may have meant. */
const mostNames = 200_000

/**
 * What `--at`, `--keep` and `--exclude` leave of a report. A `--keep` pattern must fit a tensor of at least
 * one of the checkpoints; `finish` tells of those that did not.
 */
export class Narrowing {
  readonly #talk: Talk
  readonly #options: Pick<Options, 'at' | 'keep' | 'exclude'>
  readonly #kept: readonly Matcher[]
  readonly #excluded: Matcher
  readonly #fitted: boolean[]
  readonly #names: string[] = []

  /** @throws SdinspectError `usage/pattern` */
  constructor(options: Pick<Options, 'at' | 'keep' | 'exclude'>, talk: Talk) {
    this.#talk = talk
    this.#options = options
    this.#kept = options.keep.map((pattern) => compilePattern(pattern))
    this.#excluded = anyPattern(options.exclude)
    this.#fitted = options.keep.map(() => false)
  }

  /**
   * @param which `one`: only the state dict asked for, or the main one; `asked`: that, or all where none is
   *   asked for; `all`: all, and the one asked for must be there
   * @throws SdinspectError `usage/state-dict`
   */
  apply(report: Report, which: 'one' | 'asked' | 'all'): Report {
    const { at, keep, exclude } = this.#options
    const found = which === 'one' || at !== null ? chosenStateDict(report.stateDicts, at) : null
    const chosen = which === 'all' ? null : found
    if (keep.length + exclude.length === 0) return narrowed(report, chosen, null)
    if (this.#fitted.includes(false)) this.#remember(chosen === null ? report.stateDicts : [chosen])
    return narrowed(report, chosen, (name) => this.#wants(name))
  }

  /** The exit code of the run: `exitCode`, or 2 when a `--keep` pattern has fitted nothing, which is told. */
  async finish(exitCode: ExitCode): Promise<ExitCode> {
    let final = exitCode
    for (const [i, pattern] of this.#options.keep.entries()) {
      if (this.#fitted[i]) continue
      await this.#talk.error(missedPattern(`--keep ${quoted(pattern)}`, pattern, this.#names))
      final = 2
    }
    return final
  }

  /** The view, but that nothing is shown before a `--keep` pattern has fitted: what an empty report would say is told by `finish`. */
  shown(view: View<Report>): View<Report> {
    if (view.as !== 'text' || view.forPeople !== true || this.#kept.length === 0) return view
    return {
      ...view,
      text: (report, several) => (this.#fitted.includes(true) ? view.text(report, several) : []),
    }
  }

  #wants(name: string): boolean {
    let kept = this.#kept.length === 0
    this.#kept.forEach((matches, i) => {
      if (kept && this.#fitted[i]) return
      if (!matches(name)) return
      kept = true
      this.#fitted[i] = true
    })
    return kept && !this.#excluded(name)
  }

  #remember(stateDicts: readonly Pick<StateDictReport, 'tensors' | 'values'>[]): void {
    for (const { tensors, values = [] } of stateDicts)
      for (const list of [tensors, values])
        for (const { name } of list) if (this.#names.length < mostNames) this.#names.push(name)
  }
}

/** The error for a pattern that fits none of `names`; `shown` is how the message calls it. */
export function missedPattern(shown: string, pattern: string, names: readonly string[]): SdinspectError {
  const near = suggestPattern(pattern, names)
  return new SdinspectError('usage/pattern', `${shown} fits no tensor`, {
    hint: near === undefined ? 'sdinspect ls shows the names' : `did you mean ${quoted(near)}?`,
  })
}
