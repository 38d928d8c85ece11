import { expect, it } from 'vitest'
import { SdinspectError } from '../src/errors.ts'
import { inspectPath } from '../src/node.ts'

const thrown = async (path: string): Promise<SdinspectError> => {
  try {
    await inspectPath(path)
  } catch (error) {
    return error as SdinspectError
  }
  throw new Error('nothing was thrown')
}

it.each([
  ['missing.safetensors', 'paths begin there'],
  ['README.md', 'give the file of the weights'],
  ['src/render', 'give the file itself'],
])('an error of the library says the path and what to do: %s', async (path, hint) => {
  const error = await thrown(path)
  expect(error).toMatchObject({ file: path, hint: expect.stringContaining(hint) })
  expect(`${error}`).toBe(`SdinspectError [${error.code}]: ${path}: ${error.message} (hint: ${error.hint})`)
})

it('keeps the hint of a place that knows more than the code', () => {
  const error = new SdinspectError('source/not-found', 'it is not there')
  expect(error.hint).toContain('paths begin there')
  expect(error.ownHint).toBeUndefined()
  expect(error.within({ file: 'https://a/b' }).hint).toContain('the address')
  const within = error.within({ hint: 'look below' })
  expect([within.hint, within.ownHint, within.within({ hint: 'no' }).hint]).toEqual([
    'look below',
    'look below',
    'look below',
  ])
})
