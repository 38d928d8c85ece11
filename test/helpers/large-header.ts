/** A header like that of a mixture-of-experts model, and the bytes of data it speaks of. */
export interface LargeHeader {
  /** JSON, padded with spaces to a multiple of 8. */
  readonly header: Uint8Array
  readonly tensors: number
  /** Of the data section. A file of it can be sparse. */
  readonly dataBytes: number
}

const projections = ['gate_proj', 'up_proj', 'down_proj'] as const
const expertsPerLayer = 256

/**
 * @param order `offset`: entries in the order of their data. `shuffled`: not, which is as valid.
 */
export function largeHeader(tensors: number, order: 'offset' | 'shuffled' = 'offset'): LargeHeader {
  const entries: string[] = []
  let offset = 0
  for (let index = 0; index < tensors; index++) {
    const projection = projections[index % 3] as string
    const expert = Math.floor(index / 3) % expertsPerLayer
    const layer = Math.floor(index / 3 / expertsPerLayer)
    const shape = projection === 'down_proj' ? [1024, 352] : [352, 1024]
    const end = offset + 1024 * 352 * 2
    entries.push(
      `"model.layers.${layer}.mlp.experts.${expert}.${projection}.weight":{"dtype":"BF16","shape":[${shape}],"data_offsets":[${offset},${end}]}`,
    )
    offset = end
  }
  if (order === 'shuffled') shuffle(entries)
  const json = `{"__metadata__":{"format":"pt"},${entries.join(',')}}`
  return {
    header: new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8)),
    tensors,
    dataBytes: offset,
  }
}

/** As many tensors as fit: no elements, names of a few letters. The reference needs 2.5 GB for 1.66 million. */
export function minimalHeader(tensors: number): LargeHeader {
  const entries = Array.from(
    { length: tensors },
    (_, index) => `"${index.toString(36)}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
  )
  return { header: new TextEncoder().encode(`{${entries.join(',')}}`), tensors, dataBytes: 0 }
}

/** The same order every time: a linear congruential generator drives it. */
function shuffle(items: string[]): void {
  let state = 1
  for (let index = items.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    const other = state % (index + 1)
    const item = items[index] as string
    items[index] = items[other] as string
    items[other] = item
  }
}
