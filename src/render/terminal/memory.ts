import { bytesText } from '../../model/bytes-text.ts'
import { memoryOf } from '../../model/memory.ts'
import type { StateDictReport } from '../../model/report.ts'
import { count } from '../text.ts'
import { padEnd, padStart, wrapped } from '../width.ts'
import { defaultColumns, type Theme } from './theme.ts'

/** What the model takes in memory, with the formula of each number. */
export function* memoryLines({ totals }: StateDictReport, theme: Theme): Generator<string> {
  const { stored, bf16, int8, int4, training } = memoryOf(totals)
  const { logicalParameters, logicalIsLeast, trainable } = totals
  const weights = `${logicalIsLeast === true ? 'at least ' : ''}${count(logicalParameters)} weights`
  const times = theme.glyphs.times
  const rows = [
    ['as stored', stored, 'tensors of the file, tied ones once'],
    ['in BF16', bf16, `${weights} ${times} 2 bytes, and what is no weight`],
    ['in INT8', int8, `${weights} ${times} 1 byte, without scales`],
    ['in INT4', int4, `${weights} ${times} half a byte, without scales`],
    [
      'to train',
      training,
      `AdamW in mixed precision: ${trainable.upperBound ? 'at most ' : ''}${count(trainable.elements)} trainable ${times} 16 bytes (weight 2, gradient 2, its copy 4, two moments 8), frozen ones ${times} 2`,
    ],
  ] as const
  const sizes = rows.map(([, bytes]) => bytesText(bytes))
  const width = Math.max(...sizes.map((size) => size.length))
  const indent = 9 + 2 + width + 2
  yield theme.paint('strong', 'Memory')
  for (const [i, [label, , formula]] of rows.entries()) {
    const [first = '', ...more] = wrapped(
      formula,
      Math.max(16, (theme.columns ?? defaultColumns * 2) - indent),
    )
    yield `${padEnd(label, 9)}  ${theme.paint('strong', padStart(sizes[i] ?? '', width))}  ${theme.paint('quiet', first)}`
    for (const line of more) yield ' '.repeat(indent) + theme.paint('quiet', line)
  }
  for (const line of wrapped(
    'without activations, the cache of a decoder, and what the runtime needs',
    theme.columns ?? 160,
  ))
    yield theme.paint('quiet', line)
}
