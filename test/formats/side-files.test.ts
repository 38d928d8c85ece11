import { describe, expect, test } from 'vitest'
import { readSideFiles } from '../../src/formats/side-files.ts'
import { defaultLimits } from '../../src/limits.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'

const findingsOf = async (config: object) => {
  const bytes = new TextEncoder().encode(JSON.stringify(config))
  const { findings } = await readSideFiles(memoryPlace(new Map([['config.json', bytes]])), {
    limits: defaultLimits,
  })
  return findings.map(({ level, rule, args, file }) => ({ level, rule, args, file }))
}

describe('code that config.json names', () => {
  test('is said, beside the weights, of another repository, and of pipelines', async () => {
    const found = await findingsOf({
      auto_map: {
        AutoConfig: 'configuration_x.XConfig',
        AutoTokenizer: ['tok.Slow', null],
        AutoModel: 'a/b--m.X',
      },
      custom_pipelines: { x: { impl: 'pipe.Own', pt: ['AutoModel'] } },
    })
    expect(found).toEqual([
      {
        level: 'info',
        rule: 'security/model-code',
        args: { what: 'own', names: ['configuration_x.XConfig', 'tok.Slow', 'a/b--m.X', 'pipe.Own'] },
        file: 'config.json',
      },
    ])
  })

  test.each([
    {},
    { auto_map: {} },
    { auto_map: 'a' },
    { auto_map: { AutoModel: 7 } },
    { custom_pipelines: [] },
  ])('is none in %j', async (config) => expect(await findingsOf(config)).toEqual([]))
})
