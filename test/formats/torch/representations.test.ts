import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { StateDictReport, ValueReport } from '../../../src/model/report.ts'
import type { RepresentationReport } from '../../../src/model/tensors/representation.ts'
import { inspectFixture } from './open.ts'

// Files of fixtures/generate/representations.py: `expected.json` is what the live state dicts held.

interface Entry {
  readonly name: string
  /** Of an entry that is no tensor: its Python class. */
  readonly value?: string
  readonly dtype: string | null
  readonly shape: readonly number[]
  readonly representation: RepresentationReport | null
}

const folder = new URL('../../../fixtures/torch/representations/', import.meta.url)
const { files } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  files: Readonly<Record<string, readonly Entry[]>>
}

/** Without what is made of the rest. */
function facts(representation: RepresentationReport | undefined): unknown {
  if (representation?.kind !== 'subclass') return representation ?? null
  const { summary, attributes = [], ...rest } = representation
  return { ...rest, attributes: attributes.map(({ name }) => name).sort() }
}

describe.each(Object.entries(files))('%s', (file, entries) => {
  const read = async () => {
    const { stateDicts, findings } = await inspectFixture(`torch/representations/${file}`)
    const [stateDict] = stateDicts
    if (stateDict === undefined) throw new Error('no state dict')
    return { stateDict, stateDicts, findings }
  }

  test('has each tensor as torch has it: type, shape, and what it is made of', async () => {
    const { stateDict } = await read()
    const shown = stateDict.tensors.map(({ name, dtype, shape, representation }) => ({
      name,
      dtype,
      shape,
      representation: facts(representation),
    }))
    expect(shown).toEqual(
      entries
        .filter(({ value }) => value === undefined)
        .map(({ name, dtype, shape, representation }) => ({ name, dtype, shape, representation })),
    )
  })

  test('has each entry once, in the order of the state dict, whether it is a tensor or not', async () => {
    const { stateDict, stateDicts, findings } = await read()
    expect(entryNames(stateDict)).toEqual(entries.map(({ name }) => name))
    const types = new Map(stateDict.values?.map(({ name, type }) => [name, type]))
    // An object of C++ is pickled as the call that makes it: what it is of, the file does not say.
    for (const { name, value } of entries)
      if (value !== undefined && value !== 'torch.ScriptObject')
        expect([name, types.get(name)]).toEqual([name, value])
    expect(stateDicts).toHaveLength(1)
    expect(findings.filter(({ rule }) => rule === 'torch/unlisted-tensors')).toEqual([])
  })
})

/** Names of tensors and values, each at its place. */
function entryNames({ tensors, values = [] }: StateDictReport): string[] {
  const names: string[] = []
  let next = 0
  for (let i = 0; i <= tensors.length; i++) {
    for (; values[next]?.position === i; next++) names.push((values[next] as ValueReport).name)
    const tensor = tensors[i]
    if (tensor !== undefined) names.push(tensor.name)
  }
  return names
}
