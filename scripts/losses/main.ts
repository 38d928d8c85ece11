// Damages what classes of transformers save, one kind of damage at a time, and counts what `check` says:
//   npm run losses -- FILE [--only=PATTERN] [--kinds=DAMAGE] [--list=DAMAGE]     FILE is what scripts/losses/make.py wrote
// A whole model with an error is a false alarm and ends it with 1; --list prints the damages of one kind that had no error.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from '../../src/gate.ts'
import { dtypes } from '../../src/model/tensors/dtype.ts'
import { elementsOf } from '../../src/model/tensors/tensor.ts'
import { writeSafetensors } from '../bench/files.ts'
import { type Damage, damagesOf, type SavedClass } from './damages.ts'

const [file = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const option = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const only = new RegExp(option('only') ?? '')
const listed = new RegExp(`^(?:${option('list') ?? '$^'})$`)
const kinds = new RegExp(`^(?:${option('kinds') ?? '.*'})$`)
const withConfig = option('config') !== 'none'

const root = mkdtempSync(join(option('in') ?? tmpdir(), 'sdinspect-losses-'))
const counts = new Map<
  string,
  { error: number; warning: number; nothing: number; rules: Map<string, number> }
>()
let falseAlarms = 0

for (const line of readFileSync(file, 'utf8').split('\n')) {
  if (line === '') continue
  const model = JSON.parse(line) as SavedClass
  if (!only.test(`${model.type} ${model.class}`)) continue
  const whole = await said({ kind: 'whole', what: '', tensors: model.tensors })
  if (whole.level !== 'nothing') console.log(`whole ${model.type} ${model.class}: ${whole.texts.join(' | ')}`)
  add('whole', whole)
  if (whole.level === 'error') falseAlarms++
  for (const damage of damagesOf(model)) {
    if (!kinds.test(damage.kind)) continue
    const found = await said(damage)
    add(damage.kind, found)
    if (found.level !== 'error' && listed.test(damage.kind))
      console.log(`${damage.kind} ${model.type} ${model.class} ${damage.what}: ${found.level}`)
  }

  async function said(damage: Damage): Promise<Found> {
    const path = join(root, 'model.safetensors')
    writeSparse(path, damage.tensors)
    const config = damage.config ?? model.config
    if (withConfig) writeFileSync(join(root, 'config.json'), JSON.stringify(config))
    const { findings, checkpoints } = await check([root])
    const told = findings.filter(({ level }) => level !== 'info')
    const unread = checkpoints.filter(({ error }) => error !== null)
    const isError = unread.length > 0 || told.some(({ level }) => level === 'error')
    return {
      level: isError ? 'error' : told.length > 0 ? 'warning' : 'nothing',
      texts: [
        ...told.map(({ rule, message }) => `${rule}: ${message}`),
        ...unread.map(({ error }) => error?.message ?? ''),
      ],
      rules: [...new Set(told.map(({ rule }) => rule))],
    }
  }
}
rmSync(root, { recursive: true, force: true })

interface Found {
  readonly level: 'error' | 'warning' | 'nothing'
  readonly texts: readonly string[]
  readonly rules: readonly string[]
}

function add(kind: string, { level, rules }: Found): void {
  const count = counts.get(kind) ?? { error: 0, warning: 0, nothing: 0, rules: new Map<string, number>() }
  count[level]++
  for (const rule of rules) count.rules.set(rule, (count.rules.get(rule) ?? 0) + 1)
  counts.set(kind, count)
}

for (const [kind, { error, warning, nothing, rules }] of counts) {
  const by = [...rules].sort((a, b) => b[1] - a[1]).map(([rule, count]) => `${rule} ${count}`)
  console.log(
    `${kind}: ${error} error, ${warning} warning, ${nothing} nothing (${by.slice(0, 6).join(', ')})`,
  )
}
process.exitCode = falseAlarms === 0 ? 0 : 1

/** A safetensors file whose values are a hole: zeros that take no room. */
function writeSparse(path: string, tensors: SavedClass['tensors']): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let end = 0
  for (const [name, [dtype, shape]] of Object.entries(tensors)) {
    const bytes = Math.ceil((elementsOf(shape) * dtypes[dtype].bits) / 8)
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] }
    end += bytes
  }
  writeSafetensors(path, Buffer.from(JSON.stringify(header)), end)
}
