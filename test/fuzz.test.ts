import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { foundBefore } from '../scripts/fuzz/found.ts'
import { seedsOf } from '../scripts/fuzz/seeds.ts'
import { BrokenFact } from '../scripts/fuzz/target.ts'
import { targets } from '../scripts/fuzz/targets/index.ts'

const targetOf = (name: string) => {
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw new Error(`there is no target ${name}`)
  return target
}

describe('what fuzzing found once', () => {
  test.each(foundBefore().map(({ target, file, what }) => [target, file, what] as const))(
    '%s %s: %s, and does no more',
    async (target, file) => {
      await targetOf(target).run(readFileSync(`fixtures/fuzz/found/${file}`))
    },
  )

  test('is listed, every file of it', () => {
    expect(
      foundBefore()
        .map(({ file }) => file)
        .sort(),
    ).toEqual(readdirSync('fixtures/fuzz/found').sort())
  })
})

describe.each(targets)('the target $name', (target) => {
  test('has seeds, and all facts hold of them', async () => {
    const seeds = seedsOf(target)
    expect(seeds.length).toBeGreaterThan(0)
    for (const seed of seeds.slice(0, 40)) await target.run(seed)
  })
})

test('a fact that does not hold is told', async () => {
  const { holds } = await import('../scripts/fuzz/target.ts')
  expect(() => holds('two are one', 2, 1)).toThrow(BrokenFact)
  const { harmless } = await import('../scripts/fuzz/checkpoint-facts.ts')
  await expect(harmless((write) => write('a\x1b[2Jb'))).rejects.toThrow('control')
})
