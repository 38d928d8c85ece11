import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { readTokenizer } from '../../src/formats/tokenizer.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'

const text = new TextEncoder()

function read(files: Readonly<Record<string, unknown>>, limits: Limits = defaultLimits) {
  return readTokenizer(
    memoryPlace(
      new Map(
        Object.entries(files).map(([name, value]) => [
          name,
          value instanceof Uint8Array ? value : text.encode(JSON.stringify(value)),
        ]),
      ),
    ),
    limits,
  )
}

describe('the highest id of a tokenizer', () => {
  test('is read from what transformers writes', async () => {
    // Three words, two added tokens, a token for pictures: ids 0 to 5.
    const file = await readFile('fixtures/tokenizer/tokenizer.json')
    const { tokenizer, findings } = await read({ 'tokenizer.json': new Uint8Array(file) })
    expect(tokenizer).toEqual({ file: 'tokenizer.json', token: '<image>', id: 5, idOfText: 4 })
    expect(findings).toEqual([])
  })

  test('is that of the file that counts furthest', async () => {
    const files = {
      'tokenizer.json': { model: { type: 'BPE', vocab: { a: 0, b: 1 } }, added_tokens: [] },
      'tokenizer_config.json': {
        added_tokens_decoder: { '2': { content: '<s>' }, '7': { content: '[PAD]' } },
      },
      'added_tokens.json': { '<x>': 3 },
    }
    const { tokenizer } = await read(files)
    expect(tokenizer).toEqual({ file: 'tokenizer_config.json', token: '[PAD]', id: 7, idOfText: 7 })
  })

  test('counts the list of a Unigram vocabulary', async () => {
    const { tokenizer } = await read({
      'tokenizer.json': {
        model: {
          type: 'Unigram',
          vocab: [
            ['<unk>', 0],
            ['▁the', -3.5],
          ],
        },
      },
    })
    expect(tokenizer).toMatchObject({ token: '▁the', id: 1 })
  })

  test.each([
    ['{"a": 1', 'tokenizer.json'],
    ['[1]', 'it is no JSON object'],
  ])('is no reason to fail where the file holds %s', async (content, problem) => {
    const { tokenizer, findings } = await read({ 'tokenizer.json': text.encode(content) })
    expect(tokenizer).toBeUndefined()
    expect(findings).toMatchObject([{ rule: 'config/unreadable', file: 'tokenizer.json' }])
    expect(findings[0]?.message).toContain(problem)
  })

  test('is not read from a file over the limit', async () => {
    const { findings } = await read(
      { 'tokenizer.json': { model: {} } },
      { ...defaultLimits, tokenizerBytes: 4 },
    )
    expect(findings[0]?.message).toContain('tokenizerBytes=4')
  })

  test.each([[{ a: -1 }], [{ a: 1.5 }], [{ a: '3' }], [{ a: null }], [{}]])(
    'is none where ids are no ids: %j',
    async (ids) => {
      expect((await read({ 'added_tokens.json': ids })).tokenizer).toBeUndefined()
    },
  )
})
