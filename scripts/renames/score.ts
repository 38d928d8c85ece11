import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { compareStateDicts } from '../../src/compare/compare-state-dicts.ts'
import type { TensorReport } from '../../src/model/report.ts'
import { elementsOf } from '../../src/model/tensors/tensor.ts'

/** One model under the names of two libraries (`generate.py`). */
export interface Conversion {
  readonly what: string
  /** Where the key map is published. */
  readonly source: string
  /** Name to shape. */
  readonly a: Readonly<Record<string, readonly number[]>>
  readonly b: Readonly<Record<string, readonly number[]>>
  /** Names of `a` to names of `b`, of tensors that are the same but for their names. */
  readonly map: Readonly<Record<string, string>>
}

export interface ConversionScore {
  readonly conversion: Conversion
  readonly keys: number
  readonly right: number
  /** Given another name than the map's, or one where the map has none. */
  readonly wrong: readonly (readonly [a: string, said: string, map: string | undefined])[]
  readonly missed: readonly string[]
}

export function conversionsOf(file: string | URL): readonly Conversion[] {
  return (JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as { pairs: readonly Conversion[] })
    .pairs
}

/** How many of the names of a conversion the comparison brings together, and how many it brings together wrongly. */
export function score(conversion: Conversion): ConversionScore {
  const { rules, pairing } = compareStateDicts(
    { tensors: tensorsOf(conversion.a) },
    { tensors: tensorsOf(conversion.b) },
  )
  const said = new Map(pairing.names())
  const map = new Map(Object.entries(conversion.map))
  const wrong: (readonly [string, string, string | undefined])[] = []
  const missed: string[] = []
  let right = 0
  for (const name of Object.keys(conversion.a)) {
    const partner = said.get(name)
    const true_ = map.get(name)
    if (partner === undefined) {
      if (true_ !== undefined) missed.push(name)
    } else if (partner === true_ && rules.apply(name) === true_) right++
    else wrong.push([name, partner, true_])
  }
  return { conversion, keys: map.size, right, wrong, missed }
}

function tensorsOf(entries: Conversion['a']): TensorReport[] {
  return Object.entries(entries).map(([name, shape]) => ({
    name,
    dtype: 'F32',
    shape,
    elements: elementsOf(shape),
    bytes: 4 * elementsOf(shape),
    kind: 'parameter',
    kindLevel: 'assumed',
    kindReason: '',
    trainable: 'unknown',
    trainableLevel: 'assumed',
    trainableReason: '',
    tiedTo: null,
  }))
}
