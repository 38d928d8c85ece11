import { inspectionOf } from '../../model/inspection.ts'
import type { StateDictReport, TensorReport } from '../../model/report.ts'

/** How libraries call the two halves of a low-rank pair: down is `[rank, in]`, up is `[out, rank]`. */
const halves = [
  ['.lora_A', '.lora_B'], // PEFT
  ['.lora_embedding_A', '.lora_embedding_B'], // PEFT, embeddings
  ['.lora_down', '.lora_up'], // kohya
  ['.lora.down', '.lora.up'], // diffusers
  ['.lora_linear_layer.down', '.lora_linear_layer.up'], // diffusers before 0.22
  ['.hada_w1_b', '.hada_w1_a'], // LoHa of LyCORIS and PEFT, two pairs a module
  ['.hada_w2_b', '.hada_w2_a'],
  ['.lokr_w1_b', '.lokr_w1_a'], // LoKr, where a factor is not whole
  ['.lokr_w2_b', '.lokr_w2_a'],
] as const

/** The two halves of the update of one module; one may be missing. */
export interface LowRankPair {
  /** Of the module: `encoder.layer.0.query`. */
  readonly module: string
  readonly down: TensorReport | null
  readonly up: TensorReport | null
  /** What the missing half would be called. */
  readonly missing: string | null
}

/** Segments of which every half has one. */
const segments = new Set(halves.flat().map((half) => half.split('.')[1]))

/** Every low-rank pair of a state dict, in the order of the tensors. */
export function lowRankPairs(stateDict: StateDictReport | null): readonly LowRankPair[] {
  if (stateDict === null || !inspectionOf(stateDict).hasSegment((segment) => segments.has(segment))) return []
  const { tensors } = stateDict
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const pairs: LowRankPair[] = []
  for (const tensor of tensors) {
    const half = halfOf(tensor.name)
    if (half === null) continue
    const other = byName.get(half.partner) ?? null
    // A whole pair is listed once, at its down half.
    if (other !== null && half.is === 'up') continue
    pairs.push({
      module: half.module,
      down: half.is === 'down' ? tensor : null,
      up: half.is === 'down' ? other : tensor,
      missing: other === null ? half.partner : null,
    })
  }
  return pairs
}

/** The update of a module as LoHa and LoKr make it: the product of two factors, each whole or a pair of its own. */
const factor = /^(.+)\.(hada|lokr)_w([12])(?:_[ab])?(\.|$)/

/** A factor of an update whose other factor is not there at all. */
export interface LoneFactor {
  /** Its tensors. */
  readonly names: readonly string[]
  /** What the other factor would be called. */
  readonly missing: readonly string[]
}

/** Every factor of LoHa and LoKr that stands alone, in the order of the tensors. */
export function loneFactors(stateDict: StateDictReport | null): readonly LoneFactor[] {
  if (stateDict === null || !inspectionOf(stateDict).hasSegment((name) => /^(hada|lokr)_w[12]/.test(name)))
    return []
  const modules = new Map<string, Map<string, string[]>>()
  for (const { name } of stateDict.tensors) {
    const [, module, kind, number] = factor.exec(name) ?? []
    if (module === undefined) continue
    const key = `${module}.${kind}_w`
    const factors = modules.get(key) ?? new Map<string, string[]>()
    modules.set(key, factors)
    factors.set(number as string, [...(factors.get(number as string) ?? []), name])
  }
  return [...modules].flatMap(([key, factors]) => {
    const [only, ...more] = [...factors]
    if (only === undefined || more.length > 0) return []
    const [number, names] = only
    const other = `${key}${number === '1' ? '2' : '1'}`
    // LoHa has no whole factors.
    return [{ names, missing: key.endsWith('.hada_w') ? [`${other}_a`, `${other}_b`] : [other] }]
  })
}

function halfOf(name: string): { module: string; is: 'down' | 'up'; partner: string } | null {
  // With `lora_bias` the upper half has a bias, and the lower none.
  if (name.endsWith('.bias')) return null
  for (const [down, up] of halves) {
    for (const [own, other, is] of [
      [down, up, 'down'],
      [up, down, 'up'],
    ] as const) {
      const at = name.lastIndexOf(own)
      const after = name[at + own.length]
      if (at <= 0 || (after !== undefined && after !== '.')) continue
      return {
        module: name.slice(0, at),
        is,
        partner: name.slice(0, at) + other + name.slice(at + own.length),
      }
    }
  }
  return null
}
