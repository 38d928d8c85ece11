import { expect, test } from 'vitest'
import { memorySource } from '../../src/source/memory.ts'
import { windowed } from '../../src/source/windowed.ts'

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i)

function counted(window: number) {
  const asked: string[] = []
  const inner = memorySource(bytes, 'x')
  const source = windowed(
    {
      ...inner,
      read: (offset, length) => {
        asked.push(`${offset}+${length}`)
        return inner.read(offset, length)
      },
    },
    window,
  )
  return { source, asked }
}

test('what is read from front to back is asked for in windows', async () => {
  const { source, asked } = counted(32)
  for (let at = 0; at < 100; at += 5) expect(await source.read(at, 5)).toEqual(bytes.subarray(at, at + 5))
  expect(asked).toEqual(['0+32', '30+32', '60+32', '90+10'])
})

test('what lies before, and what is larger than a window, is read as it is asked for', async () => {
  const { source, asked } = counted(32)
  for (const [offset, length] of [
    [50, 4],
    [10, 4],
    [12, 60],
    [11, 2],
    [7, 0],
  ] as const)
    expect(await source.read(offset, length)).toEqual(bytes.subarray(offset, offset + length))
  expect(asked).toEqual(['50+32', '10+32', '12+60', '7+0'])
  await expect(source.read(99, 2)).rejects.toThrow()
})
