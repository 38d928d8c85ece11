import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareReports } from '../../src/compare/compare-reports.ts'
import type { LoadResult } from '../../src/compare/difference.ts'
import { loadError } from '../../src/compare/loading/load-state-dict.ts'
import { isSdinspectError } from '../../src/errors.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Report } from '../../src/model/report.ts'
import { memorySource } from '../../src/source/memory.ts'

/** An exception and its message; null where nothing is raised. */
type Said = readonly [type: string, message: string] | null

/** A pair of `generate.py`, and what torch says of it. */
export interface OraclePair {
  readonly what: string
  readonly group: string
  readonly kind: 'module' | 'optimizer'
  /** Name, offset and length in `files.bin`. */
  readonly a: readonly [string, number, number]
  readonly b: readonly [string, number, number]
  readonly strict: Said
  readonly lenient: Said
  /** Absent where it was not asked. */
  readonly assign: Said | undefined
  readonly missing: readonly string[] | null
  readonly unexpected: readonly string[] | null
}

/** How the answers to one pair compare with torch's. */
export interface Judgement {
  readonly pair: OraclePair
  /** `not known`: the program says that it does not know. */
  readonly outcome: 'as torch' | 'not known' | 'wrong'
  /** What is not as torch says, in words. */
  readonly wrong: readonly string[]
}

/** The pairs of a folder that `generate.py` wrote. */
export function pairsOf(folder: string): Iterable<readonly [OraclePair, Uint8Array, Uint8Array]> {
  return pairsIn(readFileSync(join(folder, 'pairs.jsonl'), 'utf8'), readFileSync(join(folder, 'files.bin')))
}

export function* pairsIn(
  lines: string,
  files: Uint8Array,
): Iterable<readonly [OraclePair, Uint8Array, Uint8Array]> {
  const bytes = ([, offset, length]: OraclePair['a']) =>
    new Uint8Array(files.subarray(offset, offset + length))
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const pair = JSON.parse(line) as OraclePair
    yield [pair, bytes(pair.a), bytes(pair.b)]
  }
}

/** Holds the verdict on one pair to what torch says of it. */
export async function judge(pair: OraclePair, a: Uint8Array, b: Uint8Array): Promise<Judgement> {
  const reports: Report[] = []
  for (const [[name], bytes] of [
    [pair.a, a],
    [pair.b, b],
  ] as const) {
    try {
      const checkpoint = await readCheckpoint(memorySource(bytes, name), { limits: defaultLimits })
      reports.push(inspectCheckpoint(checkpoint, { path: name }))
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      // Two keys of one text, and the like: no answer is not a wrong one.
      return { pair, outcome: 'not known', wrong: [`${name}: ${error.message}`] }
    }
  }
  const difference = compareReports(reports[0] as Report, reports[1] as Report)
  return pair.kind === 'optimizer' ? judgeOptimizer(pair, difference) : judgeModule(pair, difference)
}

function judgeOptimizer(pair: OraclePair, { optimizers }: ReturnType<typeof compareReports>): Judgement {
  const [only] = optimizers
  const said = only?.error == null ? null : `${only.error.type}: ${only.error.message}`
  const torch = pair.strict === null ? null : pair.strict.join(': ')
  const wrong =
    only === undefined
      ? ['no optimizer was compared']
      : said === torch
        ? []
        : [`said ${said}, torch ${torch}`]
  return {
    pair,
    outcome: wrong.length === 0 ? 'as torch' : only?.isKnown === false ? 'not known' : 'wrong',
    wrong,
  }
}

function judgeModule(
  pair: OraclePair,
  { load, loadAssigned: assigned }: ReturnType<typeof compareReports>,
): Judgement {
  const wrong: string[] = []
  const loadAssigned = assigned ?? load
  // The order of names is that of the modules, which a file that sorts them has lost; its reader gives any order.
  const hasOrder = !pair.a[0].endsWith('.safetensors') && !pair.b[0].endsWith('.safetensors')
  const compare = (what: string, ours: unknown, theirs: unknown) => {
    const [x, y] = [JSON.stringify(ours), JSON.stringify(theirs)]
    if (x !== y) wrong.push(`${what}: said ${x}, torch ${y}`)
  }
  const list = (names: readonly string[]) => (hasOrder ? names : [...names].sort())
  const message = (text: string) => (hasOrder ? text : sortedMessage(text))
  let isDoubt = false
  for (const [what, said, result, strict] of [
    ['strict=True', pair.strict, load, true],
    ['strict=False', pair.lenient, load, false],
    ['assign=True', pair.assign, loadAssigned, true],
  ] as const) {
    if (said === undefined) continue
    const verdict = strict ? result.strict : result.lenient
    if (verdict === 'unknown' || (result.undecided.length > 0 && said !== null)) {
      isDoubt = true
      // What raises whatever the doubt comes to is known, though not in which words.
      if (verdict === 'raises' && said === null) wrong.push(`${what}: said raises, torch loads`)
      continue
    }
    compare(
      what,
      message(sayOf(result, strict, pair)),
      said === null ? '' : message(withoutClass(said, pair)),
    )
    compare(`${what}, outcome`, verdict, said === null ? 'loads' : 'raises')
  }
  if (pair.missing !== null && pair.unexpected !== null && load.undecided.length === 0) {
    compare('missing', list(load.missing), list(pair.missing))
    compare('unexpected', list(load.unexpected), list(pair.unexpected))
  }
  return { pair, outcome: wrong.length > 0 ? 'wrong' : isDoubt ? 'not known' : 'as torch', wrong }
}

function sayOf(result: LoadResult, strict: boolean, pair: OraclePair): string {
  const message = loadError(result, strict)
  return message === null ? '' : withoutClass([result.fatalType ?? 'RuntimeError', message], pair)
}

/** A state dict does not say of which class its model is. */
function withoutClass([type, message]: NonNullable<Said>, { what }: OraclePair): string {
  const isNamed = what.endsWith('into module]') || what.startsWith('a scripted module')
  return `${type}: ${isNamed ? message : message.replace(/^(Error\(s\) in loading state_dict for ).*?:\n/, '$1Module:\n')}`
}

function sortedMessage(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/"[^"]*"(, "[^"]*")+/g, (names) => names.split(', ').sort().join(', ')))
    .sort()
    .join('\n')
}
