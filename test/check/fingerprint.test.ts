import { describe, expect, test } from 'vitest'
import { checkCheckpoint } from '../../src/check/run.ts'
import { finding } from '../../src/findings/finding.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Finding } from '../../src/model/finding.ts'
import { checked, heldTo } from '../helpers/check.ts'
import { checkpointOf } from '../helpers/checkpoint.ts'

/** The fingerprints of what a reader found, in the order it found it. */
function fingerprints(...findings: Finding[]): string[] {
  const checkpoint = checkpointOf({ w: ['F32', [4]] })
  const report = { ...inspectCheckpoint(checkpoint, { path: 'model' }), findings }
  return checkCheckpoint(checkpoint, report).findings.map(({ fingerprint }) => fingerprint)
}

const about = { file: 'a.pt' }
const dangerous = (name: string, place: string) =>
  finding('security/pickle-globals', { what: 'dangerous', name, place }, about)
const others = (...names: string[]) =>
  finding(
    'security/pickle-globals',
    { what: 'other', names, places: names.map((_, i) => `byte ${i}`), told: null },
    about,
  )

describe('a fingerprint', () => {
  test('is that of the import, wherever in the pickle it stands', () => {
    const [system] = fingerprints(dangerous('os.system', 'data.pkl byte 10'))
    expect(fingerprints(dangerous('os.system', 'data.pkl byte 99'))).toEqual([system])
    expect(fingerprints(dangerous('os.execv', 'data.pkl byte 10'))).not.toContain(system)
  })

  test('of one import is not taken over by another that comes in its place', () => {
    const known = fingerprints(dangerous('os.system', '1'), dangerous('os.kill', '2'))
    const now = fingerprints(dangerous('os.kill', '1'), dangerous('os.execv', '2'))
    expect(now.filter((one) => known.includes(one))).toEqual([known[1]])
  })

  test('of all other imports is another when one more is among them', () => {
    const [known] = fingerprints(others('a.b'))
    expect(fingerprints(others('a.b', 'c.d'))).not.toContain(known)
    // A list of one long name is not a list of two.
    expect(fingerprints(others('a', 'b'))).not.toEqual(fingerprints(others('a\0b')))
  })

  test('is that of the file and the key too', () => {
    const missing = (shard: string) => finding('index/missing-shard', { shards: [shard] }, { key: shard })
    expect(fingerprints(missing('a'))).not.toEqual(fingerprints(missing('b')))
    const trailing = (file: string, end: number) =>
      finding('torch/trailing-bytes', { bytes: 4, end }, { file })
    expect(fingerprints(trailing('a', 1))).toEqual(fingerprints(trailing('a', 2)))
    expect(fingerprints(trailing('a', 1))).not.toEqual(fingerprints(trailing('b', 1)))
  })

  test('tells the findings of a rule of check by what was found', () => {
    const of = (length: number, bad: string) =>
      checked({ w: ['F32', [length]] }, { options: heldTo(`version: 1\n${bad}`) }).findings.map(
        ({ rule, fingerprint }) => `${rule} ${fingerprint}`,
      )
    const shape = 'tensors: [{ match: w, shape: [4] }]'
    expect(of(5, shape)).toEqual(of(5, `# moved\n${shape}`))
    expect(of(5, shape)).not.toEqual(of(6, shape))
    expect(of(5, 'tensors: [{ match: v }]')).toHaveLength(1)
  })

  test('of a finding without facts, from a report of an earlier version, is that of its message', () => {
    const old = (message: string): Finding => ({ rule: 'x/y', level: 'warning', message })
    expect(fingerprints(old('a'))).not.toEqual(fingerprints(old('b')))
    expect(new Set(fingerprints(old('a'), old('a'))).size).toBe(2)
  })
})
