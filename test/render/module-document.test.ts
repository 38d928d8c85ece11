import { describe, expect, it } from 'vitest'
import { moduleDocument } from '../../src/render/json/module-document.ts'
import { json } from '../../src/render/json-text.ts'
import { treeMarkdown } from '../../src/render/markdown/tree-markdown.ts'
import { type Entries, reportOf } from '../helpers/checkpoint.ts'

interface Written {
  readonly name: string
  readonly totals: Record<string, number>
  readonly tensors: readonly { readonly name: string }[]
  readonly modules: readonly Written[]
  readonly omitted?: number
}

function written(entries: Entries, depth?: number): Written {
  const [stateDict] = reportOf(entries).stateDicts
  if (stateDict === undefined) throw new Error('there is one')
  return JSON.parse([...json(moduleDocument(stateDict, depth))].join(''))
}

const entries: Entries = {
  scale: ['F32', []],
  'block.10.fc.weight': ['F16', [2, 3]],
  'block.2.fc.weight': ['F16', [2, 3]],
  'block.2.fc.bias': ['F16', [2]],
  'head.weight': 'block.2.fc.weight',
}

describe('the tree as JSON', () => {
  it('nests modules by segment, numbers in their order, and counts what is under each', () => {
    const root = written(entries)
    expect(root.name).toBe('')
    expect(root.tensors.map(({ name }) => name)).toEqual(['scale'])
    expect(root.modules.map(({ name }) => name)).toEqual(['block', 'head'])
    const [block, head] = root.modules
    expect(block?.modules.map(({ name }) => name)).toEqual(['2', '10'])
    expect(block?.totals).toEqual({ tensors: 3, parameters: 14, buffers: 0, other: 0, bytes: 28 })
    expect(head?.totals).toEqual({ tensors: 1, parameters: 0, buffers: 0, other: 0, bytes: 0 })
    expect(root.totals).toMatchObject({ tensors: 5, parameters: 15, bytes: 32 })
  })

  it('leaves out modules below a depth, says how many, and counts what is in them', () => {
    const root = written(entries, 1)
    expect(root.omitted).toBeUndefined()
    const [block, head] = root.modules
    expect(block).toMatchObject({ modules: [], omitted: 4, totals: { parameters: 14 } })
    expect(head?.omitted).toBeUndefined()
    expect(written(entries, 0)).toMatchObject({ modules: [], omitted: 6 })
  })

  it('takes a name of 100,000 segments, in space proportional to it', () => {
    const name = Array.from({ length: 100_000 }, () => 'm').join('.')
    const [stateDict] = reportOf({ [name]: ['F32', [1]] }).stateDicts
    if (stateDict === undefined) throw new Error('there is one')
    let length = 0
    for (const piece of json(moduleDocument(stateDict))) length += piece.length
    expect(length).toBeGreaterThan(100_000 * 50)
    expect(length).toBeLessThan(100_000 * 400)
  })
})

describe('the tree as Markdown', () => {
  it('is a nested list with identical blocks folded', () => {
    const block = (i: number): Entries => ({
      [`layers.${i}.fc.weight`]: ['F32', [8, 4]],
      [`layers.${i}.fc.bias`]: ['F32', [8]],
    })
    const report = reportOf({ ...block(0), ...block(1), ...block(2) })
    const text = [...treeMarkdown(report, { depth: undefined, noFold: false })].join('')
    expect(text).toBe(
      '### `model`\n\n- `layers.{0..2}.fc` ×3 `~Linear 4→8` (`weight`, `bias`): each 40 parameters, 160 bytes\n',
    )
    const unfolded = [...treeMarkdown(report, { depth: undefined, noFold: true })].join('')
    expect(unfolded.match(/^ {2}- `/gm)).toHaveLength(3)
  })
})
