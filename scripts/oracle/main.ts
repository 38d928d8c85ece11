// The verdict of load_state_dict held to what torch itself says, pair by pair:
//   npm run oracle -- PYTHON [SEED] [--write]
// PYTHON needs torch 2.15 and safetensors, or is a folder that generate.py wrote. A verdict that is wrong ends it with
// 1. --write renews docs/load-state-dict.md and the sample in fixtures/diff/oracle/, which is a test without Python.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type Judgement, judge, type OraclePair, pairsOf } from './judge.ts'
import { oraclePage } from './page.ts'

const options = process.argv.slice(2)
const isWriting = options.includes('--write')
const [python = 'python3', seed = '1'] = options.filter((option) => !option.startsWith('--'))
const isFolder = existsSync(join(python, 'pairs.jsonl'))
const folder = isFolder ? python : mkdtempSync(join(tmpdir(), 'sdinspect-oracle-'))
/** Pairs of each group in the sample: enough of each kind, in a few hundred kilobytes. */
const sampled = 24
/** Of groups of many pairs of one sort (`further.py`), where a few do. */
const sampledFurther = 2
const furtherGroups =
  /^(?:further .*|containers and wrappers|parametrizations|extra state in odd places|mappings and keys)$/
try {
  if (!isFolder) execFileSync(python, ['scripts/oracle/generate.py', folder, seed], { stdio: 'inherit' })
  const judgements: Judgement[] = []
  const byGroup = new Map<string, (readonly [OraclePair, Uint8Array, Uint8Array])[]>()
  for (const one of pairsOf(folder)) {
    judgements.push(await judge(...one))
    const group = byGroup.get(one[0].group)
    if (group === undefined) byGroup.set(one[0].group, [one])
    else group.push(one)
  }
  const page = oraclePage(judgements)
  console.log(page.table)
  const wrong = judgements.filter(({ outcome }) => outcome === 'wrong')
  for (const { pair, wrong: lines } of wrong.slice(0, 40))
    console.log(`${pair.what}\n    ${lines.map((line) => line.slice(0, 700)).join('\n    ')}`)
  if (isWriting) {
    writeFileSync('docs/load-state-dict.md', page.page)
    writeSample(
      [...byGroup].flatMap(([name, group]) =>
        every(group, furtherGroups.test(name) ? sampledFurther : sampled),
      ),
    )
  }
  if (wrong.length > 0) process.exitCode = 1
} finally {
  if (!isFolder) rmSync(folder, { recursive: true })
}

/** At most so many, evenly spaced. */
function every<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count)
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * step)] as T)
}

function writeSample(sample: readonly (readonly [OraclePair, Uint8Array, Uint8Array])[]): void {
  const pieces: Uint8Array[] = []
  let end = 0
  const place = ([name]: OraclePair['a'], bytes: Uint8Array) => {
    pieces.push(bytes)
    end += bytes.length
    return [name, end - bytes.length, bytes.length] as const
  }
  const lines = sample.map(([pair, a, b]) =>
    JSON.stringify({ ...pair, a: place(pair.a, a), b: place(pair.b, b) }),
  )
  mkdirSync('fixtures/diff/oracle', { recursive: true })
  writeFileSync('fixtures/diff/oracle/pairs.jsonl.gz', gzipSync(lines.join('\n'), { level: 9 }))
  writeFileSync('fixtures/diff/oracle/files.bin.br', brotliCompressSync(Buffer.concat(pieces)))
}
