import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { RepresentationReport } from '../../../src/model/representation.ts'
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
  const { summary, ...rest } = representation
  return rest
}

describe.each(Object.entries(files))('%s', (file, entries) => {
  test('has each tensor as torch has it: type, shape, and what it is made of', async () => {
    const { stateDicts } = await inspectFixture(`torch/representations/${file}`)
    const byName = new Map(stateDicts[0]?.tensors.map((tensor) => [tensor.name, tensor]))
    for (const { name, value, dtype, shape, representation } of entries) {
      if (value !== undefined) continue
      const tensor = byName.get(name)
      expect({
        name,
        dtype: tensor?.dtype,
        shape: tensor?.shape,
        representation: facts(tensor?.representation),
      }).toEqual({ name, dtype, shape, representation })
    }
  })
})
