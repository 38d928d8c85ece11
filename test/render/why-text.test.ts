import { expect, test } from 'vitest'
import type { Explanation } from '../../src/model/explanation.ts'
import { makeTheme } from '../../src/render/terminal/theme.ts'
import { whyText } from '../../src/render/terminal/why-text.ts'
import { displayWidth } from '../../src/render/width.ts'

const reason = 'running_mean beside weight, bias and running_var of one length'
const explained = (name: string): Explanation => ({
  name,
  dtype: 'F32',
  shape: [64],
  kind: { answer: 'buffer', level: 'recognised', reason, source: 'torch-layouts' },
  trainable: { answer: 'no', level: 'recognised', reason: 'buffers are not trained', source: 'resolve' },
  claims: [
    {
      question: 'kind',
      answer: 'parameter',
      level: 'assumed',
      reason: 'a lone float',
      source: 'base-rate',
      won: false,
    },
    { question: 'kind', answer: 'buffer', level: 'recognised', reason, source: 'torch-layouts', won: true },
  ],
})

test('why shows every claim, the one that won first and marked', () => {
  const text = [...whyText([explained('bn.running_mean')], makeTheme())].join('\n')
  expect(text).toMatch(/bn\.running_mean +F32 \[64\]/)
  expect(text).toMatch(
    /kind: buffer, recognised\n +✔ buffer +recognised +running_mean beside .*\[torch-layouts\]\n +✗ parameter +assumed +a lone float \[base-rate\]/,
  )
  expect(text).toMatch(/trainable: no, recognised\n +✔ no +recognised +buffers are not trained \[resolve\]/)
})

test('tensors with the same story share a block', () => {
  const many = Array.from({ length: 20 }, (_, i) => explained(`bn${i}.running_mean`))
  const text = [...whyText(many, makeTheme())].join('\n')
  expect(text.match(/✔ buffer/g)).toHaveLength(1)
  expect(text).toContain('and 12 more tensors with the same answers')
})

test('why fits the terminal and escapes what it quotes', () => {
  const hostile = {
    ...explained('\x1b[2J'),
    kind: { ...explained('').kind, reason: '\x1b]0;x\x07' },
    claims: [],
  }
  for (const line of whyText([explained('a'.repeat(30)), hostile], makeTheme({ columns: 72 }))) {
    expect(displayWidth(line)).toBeLessThanOrEqual(72)
    expect(line).not.toMatch(/[\x00-\x1f\x7f]/)
  }
})
