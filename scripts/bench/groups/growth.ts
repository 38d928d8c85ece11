import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Group, modelinfoOf, pythonListing, sdinspect } from '../bench.ts'
import { plainNames, safetensorsFile } from '../files.ts'
import { interleaved, type Program, peakOf, type Sample } from '../measure.ts'
import { exponent, ratio, typical } from '../statistics.ts'
import { linear, type Row } from '../table.ts'

const largest = 709_000

/** Goals against Python's listing of the same file, by count of tensors. */
const goals: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  ls: { 100000: 0.5 },
  inspect: { [largest]: 0.4 },
  why: { [largest]: 0.35 },
  check: { [largest]: 0.5 },
  lock: { [largest]: 0.5 },
  'lock --check': { [largest]: 0.5 },
  'check, with a lock': { [largest]: 0.5 },
}

export const growth: Group = {
  name: 'growth',
  title: 'Growth',
  against:
    "Against Python's safetensors listing the same file. The exponent is of the cost beyond a start from half as many tensors: 1 is linear.",
  rows(bench) {
    const counts = bench.quick ? [1_000, 50_000, 100_000] : [1_000, 50_000, 100_000, largest / 2, largest]
    const small = commandsOn(bench, 1)
    const starts = interleaved([...small.values()], bench.quick ? 3 : 7)
    const start = new Map([...small.keys()].map((name, index) => [name, starts[index] as readonly Sample[]]))
    let before = new Map<string, readonly Sample[]>()
    let last = 0
    return counts.flatMap((tensors) => {
      const { rows, samples } = at(bench, tensors, (name, own) => {
        const half = before.get(name)
        const none = start.get(name)
        if (half === undefined || none === undefined || tensors !== last * 2) return {}
        return { exponent: exponent(none, half, own, 2) }
      })
      before = samples
      last = tensors
      return rows
    })
  },
}

/** Every command on a file of `tensors` tensors. Before `lock` there is no lock, and before what compares with one there is. */
function commandsOn({ folder }: Bench, tensors: number): Map<string, Program> {
  const file = safetensorsFile(join(folder, `${tensors}.safetensors`), tensors)
  const lockFile = join(folder, 'growth.lock')
  const writeLock = () => {
    if (!existsSync(lockFile)) interleaved([sdinspect('lock', '--update', '--lock-file', lockFile, file)], 0)
  }
  return new Map([
    ['inspect', sdinspect(file)],
    ['ls', sdinspect('ls', file)],
    ['ls --json', sdinspect('ls', '--json', file)],
    ['why', sdinspect('why', file, plainNames(tensors >> 1))],
    ['check', sdinspect('check', file)],
    [
      'lock',
      {
        ...sdinspect('lock', '--update', '--lock-file', lockFile, file),
        before: () => rmSync(lockFile, { force: true }),
      },
    ],
    ['lock --check', { ...sdinspect('lock', '--check', '--lock-file', lockFile, file), before: writeLock }],
    ['check, with a lock', { ...sdinspect('check', '--lock-file', lockFile, file), before: writeLock }],
    ['diff', sdinspect('diff', file, file)],
  ])
}

function at(
  bench: Bench,
  tensors: number,
  grown: (name: string, own: readonly Sample[]) => Pick<Row, 'exponent'>,
): { rows: Row[]; samples: Map<string, readonly Sample[]> } {
  const commands = commandsOn(bench, tensors)
  const file = join(bench.folder, `${tensors}.safetensors`)
  const python = pythonListing(bench, file)
  const modelinfo = modelinfoOf(bench, file)
  const others = [...(python === null ? [] : [python]), ...(modelinfo === null ? [] : [modelinfo])]
  const rounds = tensors > 200_000 ? 3 : bench.quick ? 3 : 7
  const measured = interleaved([...commands.values(), ...others], rounds)
  const names = [...commands.keys()]
  const samples = new Map(names.map((name, index) => [name, measured[index] as readonly Sample[]]))
  const base = python === null ? undefined : measured[names.length]
  const peer = modelinfo === null ? undefined : measured.at(-1)
  const shown = tensors.toLocaleString('en')
  const rows: Row[] = names.map((name) => {
    const own = samples.get(name) as readonly Sample[]
    const most = goals[name]?.[tensors]
    const { exponent: grows } = grown(name, own)
    return {
      title: `${name}, ${shown} tensors`,
      samples: own,
      ...(base === undefined ? {} : { ratio: ratio(own, base) }),
      ...(grows === undefined ? {} : { exponent: grows, mostExponent: linear }),
      ...(most === undefined || base === undefined ? {} : { most }),
      ...(name === 'inspect' && tensors >= 100_000
        ? { peakBytes: peakOf(commands.get(name) as Program, bench.folder) }
        : {}),
      ...(name === 'inspect' && tensors === largest ? { mostBytes: 500e6 } : {}),
    }
  })
  if (base !== undefined) rows.push({ title: `Python safetensors, ${shown} tensors`, samples: base })
  const inspect = samples.get('inspect')
  if (peer !== undefined && inspect !== undefined)
    rows.push(
      { title: `modelinfo-cli, ${shown} tensors`, samples: peer },
      {
        title: `inspect over modelinfo-cli, ${shown} tensors`,
        samples: inspect,
        ratio: ratio(inspect, peer),
        ...(tensors >= 100_000 ? { most: 1 } : {}),
      },
    )
  noteOfJson(bench, file, samples)
  rmSync(file)
  return { rows, samples }
}

/** What writing JSON costs beyond `inspect`, for each 250 MB. */
function noteOfJson(bench: Bench, file: string, samples: ReadonlyMap<string, readonly Sample[]>): void {
  const [json, inspect] = ['ls --json', 'inspect'].map(
    (name) => typical(samples.get(name) as readonly Sample[]).cpu,
  )
  if (typeof json !== 'number' || typeof inspect !== 'number') return
  const written = join(bench.folder, 'list.json')
  interleaved([sdinspect('ls', '--json', '-o', written, file)], 0)
  const bytes = statSync(written).size
  rmSync(written)
  if (bytes < 25e6) return
  const seconds = ((json - inspect) / 1000 / bytes) * 250e6
  bench.note(
    `\`ls --json\` wrote ${Math.round(bytes / 1e6)} MB and took ${seconds.toFixed(2)} s of CPU for each 250 MB beyond \`inspect\`; the goal is 1 s.`,
  )
}
