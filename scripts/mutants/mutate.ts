/** One small change to a source: what a slip of the hand would be. */
export interface Mutant {
  readonly line: number
  /** `rest < 0` and what it became, for a person to find. */
  readonly what: string
  readonly source: string
}

/** What each operator or word is changed to, longest first. */
const swaps: readonly (readonly [string, readonly string[]])[] = [
  ['===', ['!==']],
  ['!==', ['===']],
  ['<<', ['>>']],
  ['<=', ['<']],
  ['>=', ['>']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['??', ['||']],
  ['+=', ['-=']],
  [' < ', [' <= ']],
  [' > ', [' >= ']],
  [' + 1', ['', ' + 2']],
  [' - 1', ['']],
  [' + ', [' - ']],
  [' - ', [' + ']],
  [' * ', [' + ']],
  ['true', ['false']],
  ['false', ['true']],
  ['return null', ['throw new Error()']],
  ['return undefined', ['throw new Error()']],
  ['continue', ['break']],
  ['Math.max', ['Math.min']],
  ['Math.min', ['Math.max']],
  ['.some(', ['.every(']],
  ['.every(', ['.some(']],
]

/** Every mutant of a source; comments, texts, types and imports stay. */
export function mutantsOf(source: string): Mutant[] {
  const isCode = codeOf(source)
  const mutants: Mutant[] = []
  const put = (at: number, length: number, becomes: string): void => {
    const before = source.slice(0, at)
    const line = before.split('\n').length
    const text = source.split('\n')[line - 1]?.trim() ?? ''
    mutants.push({
      line,
      what: `${text}  ▸  ${source.slice(at, at + length).trim()} → ${becomes.trim() || 'nothing'}`,
      source: before + becomes + source.slice(at + length),
    })
  }
  for (let at = 0; at < source.length; at++) {
    if (!isCode[at]) continue
    const number = /^(?:0x[0-9a-f]+|\d[\d_]*)\b/i.exec(source.slice(at, at + 24))?.[0]
    if (number !== undefined && !/[\w.$]/.test(source[at - 1] ?? '')) {
      put(at, number.length, `${Number(number.replaceAll('_', '')) + 1}`)
      at += number.length - 1
      continue
    }
    const swap = swaps.find(([from]) => source.startsWith(from, at) && isWhole(source, at, from))
    if (swap === undefined) continue
    for (const becomes of swap[1]) put(at, swap[0].length, becomes)
    at += swap[0].length - 1
  }
  return mutants
}

/** Whether a word is not a part of another. */
function isWhole(source: string, at: number, from: string): boolean {
  if (!/^[a-z]/.test(from)) return true
  return !/\w/.test(source[at - 1] ?? '') && !/\w/.test(source[at + from.length] ?? '')
}

/** Which characters are code: no comment, text, regular expression, import or type declaration. */
function codeOf(source: string): boolean[] {
  const isCode = new Array<boolean>(source.length).fill(true)
  const hide = (pattern: RegExp): void => {
    for (const match of source.matchAll(pattern))
      for (let at = match.index; at < match.index + match[0].length; at++) isCode[at] = false
  }
  hide(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm)
  hide(/^import [\s\S]*?from '.*'$/gm)
  hide(/^(?:export )?interface [\s\S]*?^\}/gm)
  hide(/^(?:export )?type [\s\S]*?(?=^\S|^$)/gm)
  hide(
    /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|(?<=[(,=:[!&|?{};\n]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g,
  )
  hide(/=>|: readonly .*$|as const|as unknown|<[A-Z][\w<>, |[\]]*>/gm)
  return isCode
}
