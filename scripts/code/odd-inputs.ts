import { inspectCheckpoint } from '../../src/inspect.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { type DType, dtypes } from '../../src/model/tensors/dtype.ts'
import { elementsOf } from '../../src/model/tensors/tensor.ts'
import { runOf } from '../../src/model/values/values.ts'
import { nastyNames } from '../../test/helpers/nasty-names.ts'
import type { Input } from './inputs.ts'

/** Names that Python or torch mind, each of its own kind. */
const mindedNames = [
  ...['class', 'None', 'import', 'print', 'self', 'nn', 'torch', 'Model', 'build', 'i', 'super', 'range'],
  ...['forward', 'training', 'type', 'T_destination', 'parameters', 'to', 'half', 'bfloat16', 'compile'],
  ...['_parameters', '_buffers', '_modules', '_version', '_non_persistent_buffers_set', 'call_super_init'],
  ...['__class__', '__dict__', '__init__', '__setattr__', '__mangled', '__', '_', '___', '__a__b'],
  ...[
    '0',
    '00',
    '1',
    '-1',
    '٣',
    '1_0',
    '0x1',
    'é',
    'ﬁ',
    'K',
    '𝐱',
    'a b',
    'extra state',
    'kept',
    '"',
    "'",
    '\\',
  ],
  ...[
    '"""',
    '\\n',
    '{i}',
    '%s',
    '#',
    '$',
    '\\N{DIGIT ONE}',
    'x'.repeat(300),
    '"); raise SystemExit(7) #',
    '\r',
  ],
]

/** Checkpoints that nobody makes by accident, as safetensors and as a `.pt` would hold them. */
export function* oddInputs(): Generator<Input> {
  const names = [...new Set([...nastyNames, ...mindedNames])].filter((name) => name !== '')
  const plain = names.filter((name) => !name.split('.').includes('') && name.split('.').length < 50)
  yield* shown(
    'own tensors',
    plain.map((name) => [name, 'F32', [2]]),
  )
  yield* shown(
    'modules',
    plain.map((name) => [`${name}.weight`, 'F32', [2, 3]]),
  )
  yield* shown(
    'modules in modules',
    plain.map((name) => [`${name}.${name}.a.${name}`, 'I64', [2]]),
  )
  yield* shown(
    'every type',
    (
      [
        'BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64 C32 C128',
      ]
        .join(' ')
        .split(' ') as DType[]
    ).flatMap((dtype) => [
      [`fc.${dtype}.weight`, dtype, [3, 2]],
      [`fc.${dtype}.bias`, dtype, [3]],
      [`t.${dtype}`, dtype, []],
    ]),
  )
  yield* shown('shapes', [
    ['empty.weight', 'F32', [0, 5]],
    ['large.weight', 'F32', [2 ** 40]],
    ['flat', 'F32', Array.from({ length: 100 }, () => 1)],
    ['scalar.weight', 'F32', []],
    ['fc.weight', 'F32', [1, 1]],
  ])
  yield* shown('deep', [
    [`${'a.'.repeat(200)}weight`, 'F32', [2]],
    [`${'0.'.repeat(190)}weight`, 'F32', [2]],
  ])
  yield* shown('nothing', [])
  yield* shown('gaps', [
    ...[0, 2, 5].map((i): Entry => [`seq.${i}.weight`, 'F32', [4, 4]]),
    ...[1, 900].map((i): Entry => [`far.${i}.weight`, 'F32', [4, 4]]),
    ...[3, 1, 2].map((i): Entry => [`turned.${i}.weight`, 'F32', [4, 4]]),
    ...Array.from(
      { length: 24 },
      (_, i): Entry => [`turns.${i}.weight`, 'F32', i % 6 === 5 ? [8, 4] : [4, 4]],
    ),
    ...Array.from(
      { length: 24 },
      (_, i): Entry => [`odd.${i}.weight`, 'F32', i === 7 || i > 20 ? [8, 4] : [4, 4]],
    ),
    ...Array.from({ length: 9 }, (_, i): Entry => [`block${i + 1}.weight`, 'F32', [4, 4]]),
    ...Array.from({ length: 9 }, (_, i): Entry => [`w_${i}`, 'F32', [4]]),
  ])
}

type Entry = readonly [name: string, dtype: DType, shape: readonly number[]]

function* shown(what: string, entries: readonly Entry[]): Generator<Input> {
  for (const order of ['registration', 'unrecorded'] as const) {
    const stateDict = reportOfEntries(what, entries, order)
    yield { id: `odd: ${what}, ${order}`, group: 'odd ones', stateDict, findings: [], file: null }
  }
}

/** The report of a file with these entries and no more to say. */
export function reportOfEntries(
  path: string,
  entries: readonly Entry[],
  order: StateDictReport['order'],
): StateDictReport {
  const tensors = entries.map(([name, dtype, shape]) => {
    const elements = elementsOf(shape)
    const bytes = Math.ceil((elements * dtypes[dtype].bits) / 8)
    return { name, dtype, shape, elements, bytes, values: runOf('model', 0, bytes), tiedTo: null }
  })
  const report = inspectCheckpoint(
    {
      format: 'safetensors',
      producer: null,
      files: [],
      metadata: new Map(),
      side: {},
      stateDicts: [{ path: '', role: 'model', tensors, order, facts: {} }],
      findings: [],
    },
    { path },
  )
  return report.stateDicts[0] as StateDictReport
}
