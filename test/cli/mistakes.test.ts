import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { zipBytes } from '../codec/zip-bytes.ts'
import { runCli } from '../helpers/run-cli.ts'

// What people get wrong, and that the answer has a sentence of what to do.
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-mistakes-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The path of a file of these contents. */
function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, contents)
  return path
}

const model = join(folder, 'm.safetensors')
copyFileSync('fixtures/cnn.safetensors', model)
file('dl/model.safetensors.incomplete', 'abc')
const secret = zipBytes([{ name: 'a/data.pkl', flags: 1 }])

describe.each<[string, readonly string[], number, string, string]>([
  ['an empty file', [file('empty.pt', '')], 1, 'is empty', 'download or save it again'],
  [
    'a line that a server sent',
    [file('x.bin', 'Entry not found')],
    1,
    'is a line of text: "Entry not found"',
    'download it again',
  ],
  [
    'JSON that a server sent',
    [file('e.safetensors', '{"error":"Repository not found"}')],
    1,
    'what a server says: "Repository not found"',
    'download that again',
  ],
  ['a zip with a password', [file('enc.pt', secret)], 1, 'is encrypted', 'with its password'],
  [
    'a picture',
    [file('p.pt', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))],
    2,
    'is a picture',
    'give a file of weights',
  ],
  ['a download that did not end', [join(folder, 'dl')], 2, 'holds no checkpoint', 'did not end'],
  ['a path that is not there', [join(folder, 'zzzzzz')], 2, 'does not exist', 'look at its spelling'],
  ['the scheme of the Hub with a slash too few', ['hf:org/model'], 2, 'does not exist', 'hf://org/model'],
  [
    'the operands of why the wrong way round',
    ['why', 'conv1.*', model],
    2,
    'no file fits',
    'why PATH PATTERN',
  ],
  ['the version as a word', ['version'], 2, 'no command or file', 'did you mean --version?'],
  ['the version as -v', ['-v'], 2, "unknown option '-v'", 'sdinspect --version'],
  ['a page as a list', ['ls', model, '-f', 'html'], 2, '--format takes', 'sdinspect report'],
  ['a model as a list of digests', ['digest', '--check', model], 2, 'no digest and path', '64 digits'],
  ['a model as a part', ['merge', model], 2, 'is no JSON', 'stats --part'],
  [
    'sizes where no dtype is recorded',
    ['ls', '--sort', 'bytes', file('n.json', '{"a":{"shape":[2]}}')],
    2,
    'records no dtypes',
    '--sort params',
  ],
])('%s', (_, argv, code, says, advises) => {
  it('is answered with what it is and what to do', async () => {
    const answer = await runCli(argv)
    expect([answer.code, answer.out]).toEqual([code, ''])
    const [message, hint, ...more] = answer.err.trimEnd().split('\n')
    expect(message).toContain(says)
    expect(hint).toMatch(/^ {2}hint: /)
    expect(hint).toContain(advises)
    expect(more).toEqual([])
  })
})

it('keeps what is in a file out of the message where it is no text', async () => {
  const { err } = await runCli(['digest', '--check', file('binary', new Uint8Array([80, 75, 3, 4, 0, 1]))])
  expect(err).not.toContain('PK')
})

it.each(['ls', 'tree', 'inspect'])('%s sorts by sizes where some are known', async (command) => {
  const path = file('some.json', '{"a":{"shape":[2]},"b":{"dtype":"F32","shape":[2]}}')
  expect((await runCli([command, '--sort', 'bytes', path])).code).toBe(0)
})

it('takes a text of several lines for what its name says', async () => {
  const { err } = await runCli([file('lines.bin', 'I1\nI2\n.')])
  expect(err).not.toContain('line of text')
})

describe.each(['stats', 'ls', 'tree', 'inspect'])('a tensor as the second operand of %s', (name) => {
  it.each([
    ['fc.weight', 'fc.weight'],
    ['fc.wieght', 'fc.weight'],
    ['**.weigth', '**.weight'],
    ['bn1', 'bn1.**'],
  ])('is told how tensors are chosen: %s', async (operand, pattern) => {
    const { code, err } = await runCli([name, model, operand])
    expect([code, err]).toEqual([2, expect.stringContaining(`--keep '${pattern}'`)])
    expect((await runCli([name, model, '--keep', pattern])).code).toBe(0)
  })

  it('is a path where no tensor is called like it', async () => {
    const { err } = await runCli([name, model, 'nothing-like-it.safetensors'])
    expect(err).toContain('paths begin there')
    expect(err).not.toContain('--keep')
  })
})

it.each([
  ['**.weigth', '**.weight'],
  ['layer1.*.*.weigth', 'layer1.*.*.weight'],
  ['layer1.0.{bn1,bn2}.wieght', 'layer1.0.{bn1,bn2}.weight'],
])('suggests a pattern for the pattern %s', async (given, meant) => {
  const { err } = await runCli(['ls', model, '--keep', given])
  expect(err).toContain(`did you mean ${JSON.stringify(meant)}?`)
})
