import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSdinspectError } from '../../../src/errors.ts'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { fixtureBytes, readBytes } from './open.ts'

const runs = Number(process.env.SDINSPECT_FUZZ_RUNS ?? 150)

const seeds = [
  'extra-state.pt',
  'module.pt',
  'quantized.pt',
  'deepspeed.pt',
  'module-legacy.pt',
  'arrays-4.pkl',
  'traced.ts.pt',
  'program.pt2',
]

/** Reads and classifies: anything but an answer or an error with a code is thrown. */
async function answer(bytes: Uint8Array, name: string): Promise<'read' | 'refused'> {
  try {
    inspectCheckpoint(await readBytes(bytes, name), { path: name })
    return 'read'
  } catch (error) {
    if (isSdinspectError(error)) return 'refused'
    throw error
  }
}

describe.each(seeds)('%s', (name) => {
  const bytes = fixtureBytes(`torch/torch-2.15/${name}`)

  test('is read or refused after any change of a few bytes', async () => {
    const change = fc.tuple(
      fc.nat(bytes.length - 1),
      fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('.(t0RbQu}]h'))),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const changed = Uint8Array.from(bytes)
        for (const [at, byte] of changes) changed[at] = byte
        await answer(changed, name)
      }),
      { numRuns: runs },
    )
  })

  test('is refused when it is cut off anywhere', async () => {
    const step = Math.max(1, Math.floor(bytes.length / 400))
    for (let length = 0; length < bytes.length; length += step)
      expect([length, await answer(bytes.subarray(0, length), name)]).toEqual([length, 'refused'])
  })
})

test('any objects made of the opcodes of a state dict are read or refused', async () => {
  const opcodes = [
    ...[
      '(',
      ')',
      't',
      '\x85',
      '\x86',
      '\x87',
      ']',
      '}',
      'e',
      'a',
      's',
      'u',
      'R',
      'b',
      '\x81',
      'Q',
      '2',
      '0',
      'N',
      '\x88',
    ],
    ...[
      'K\x00',
      'K\x02',
      'J\xff\xff\xff\xff',
      'q\x00',
      'q\x01',
      'h\x00',
      'h\x01',
      'U\x010',
      'U\x05state',
      'U\x0cparam_groups',
    ],
    ...[
      'U\x0b_parameters',
      'U\x08_modules',
      'U\x07storage',
      'U\x03cpu',
      'U\x09_metadata',
      '\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f',
    ],
    ...[
      'ctorch._utils\n_rebuild_tensor_v2\n',
      'ctorch._utils\n_rebuild_parameter\n',
      'ctorch\nFloatStorage\n',
    ],
    ...[
      'ctorch._tensor\n_rebuild_from_type_v2\n',
      'ccollections\nOrderedDict\n',
      'ctorch\nSize\n',
      'ctorch\nfloat32\n',
    ],
    ...[
      'ctorch._utils\n_rebuild_sparse_tensor\n',
      'cnumpy.core.multiarray\n_reconstruct\n',
      'c__main__\nNet\n',
    ],
    '(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQ',
    'ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQK\x00K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtR',
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...opcodes), { maxLength: 40 }), async (parts) => {
      const archive = zipBytes([
        { name: 'a/data.pkl', data: Buffer.from(`\x80\x02${parts.join('')}.`, 'latin1') },
        { name: 'a/data/0', data: new Uint8Array(16) },
        { name: 'a/version', data: '3\n' },
      ])
      await answer(archive, 'a.pt')
    }),
    { numRuns: 10 * runs },
  )
})
