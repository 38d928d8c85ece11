import { expect, it } from 'vitest'
import { systemError } from '../../src/source/system-error.ts'

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: from the system`), { code, errno: -1, syscall: 'open' })
}

it.each([
  ['ENOENT', 'source/not-found'],
  ['ENOTDIR', 'source/not-found'],
  ['EACCES', 'source/permission'],
  ['EPERM', 'source/permission'],
  ['EISDIR', 'source/not-a-file'],
  ['ENXIO', 'source/not-a-file'],
  ['ELOOP', 'source/io'],
  ['ENAMETOOLONG', 'source/io'],
  ['EMFILE', 'source/io'],
  ['ENFILE', 'source/io'],
  ['EIO', 'source/io'],
  ['ESTALE', 'source/io'],
  ['EBUSY', 'source/io'],
])('says what %s means (%s)', (number, code) => {
  const error = systemError(errno(number), 'a.pt')
  expect(error).toMatchObject({ code, file: 'a.pt', message: expect.not.stringContaining(number) })
})

it('names a number it does not know', () => {
  expect(systemError(errno('EWEIRD'), 'a.pt')).toMatchObject({
    code: 'source/io',
    message: 'the file could not be read: the operating system says EWEIRD',
  })
})

it('leaves a bug as it is', () => {
  const bug = new TypeError('undefined is not a function')
  expect(systemError(bug, 'a.pt')).toBe(bug)
})
