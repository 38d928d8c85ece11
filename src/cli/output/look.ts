import type { Look } from '../../render/renderer.ts'
import type { ColorMode } from '../arguments/flags.ts'
import type { Io, Sink } from '../io.ts'

/**
 * How text looks on a stream. Colour, first answer wins: `--color`, `FORCE_COLOR`, `NO_COLOR` when it is
 * not empty, `TERM=dumb`, and at last whether the stream is a terminal.
 */
export function lookOf(
  sink: Pick<Sink, 'isTTY' | 'columns'>,
  env: Io['env'],
  wish: { color: ColorMode; ascii: boolean },
): Look {
  return {
    color: colorDepth(sink, env, wish.color),
    // A terminal that was never told its size says 0.
    columns: sink.isTTY ? sink.columns || (columnsVariable(env) ?? 80) : null,
    ascii: wish.ascii || !speaksUnicode(sink, env),
    interactive: sink.isTTY,
  }
}

function colorDepth(sink: Pick<Sink, 'isTTY' | 'columns'>, env: Io['env'], mode: ColorMode): Look['color'] {
  if (mode === 'never') return 0
  if (mode === 'always') return Math.max(1, terminalDepth(env)) as Look['color']
  const forced = env.FORCE_COLOR
  if (forced !== undefined) {
    if (forced === '0' || forced === 'false') return 0
    if (forced === '1' || forced === '2' || forced === '3') return Number(forced) as Look['color']
    return Math.max(1, terminalDepth(env)) as Look['color']
  }
  if ((env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb' || !sink.isTTY) return 0
  return terminalDepth(env)
}

/** What the terminal says it can show. */
function terminalDepth(env: Io['env']): Look['color'] {
  const term = env.TERM ?? ''
  const colorTerm = env.COLORTERM ?? ''
  if (colorTerm === 'truecolor' || colorTerm === '24bit' || env.WT_SESSION !== undefined) return 3
  if (term.includes('256color') || term.includes('kitty') || term.includes('ghostty')) return 2
  return term === 'dumb' ? 0 : 1
}

function columnsVariable(env: Io['env']): number | null {
  const text = env.COLUMNS ?? ''
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return value >= 20 ? value : null
}

/** The Linux console and dumb terminals have no box characters, nor has a terminal in another encoding. */
function speaksUnicode(sink: Pick<Sink, 'isTTY' | 'columns'>, env: Io['env']): boolean {
  if (!sink.isTTY) return true
  if (env.TERM === 'linux' || env.TERM === 'dumb') return false
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return locale === '' || /utf-?8/i.test(locale)
}
