import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isHiddenPickle } from '../../src/formats/torch/hidden-pickle.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { memorySource } from '../../src/source/memory.ts'
import { runCli } from '../helpers/run-cli.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const isHidden = (text: string, limits: Limits = defaultLimits): Promise<boolean> =>
  isHiddenPickle(memorySource(bytes(text), 'x'), limits)

const call = "cposix\nsystem\n(S'id'\ntR."

/** What `pickle.loads` of Python 3.11 runs, each tried with `getpid` in the place of `system`. */
const hidden: Readonly<Record<string, string>> = {
  'nothing before it': call,
  'a number': `I1\n0${call}`,
  None: `N0${call}`,
  'a text': `Va\n0${call}`,
  'a long text in a line': `S'${'a'.repeat(70_000)}'\n0${call}`,
  'a long text that is counted': `X\xa0\x86\x01\0${'a'.repeat(100_000)}0${call}`,
  'a mark': `(1${call}`,
  'a container': `}0${call}`,
  'another stream': `N.${call}`,
  'a frame that is too short': `\x95\x03\0\0\0\0\0\0\0${call}`,
  'the magic of a picture': `GIF89a!!!0${call}`,
  'the magic of a bitmap': `BM\0\0\0${'\0'.repeat(77)}0${call}`,
  'the magic of a program': `MZ\x900${call}${' '.repeat(64)}`,
  'an import by INST': `(S'id'\niposix\nsystem\n.`,
  'an import by STACK_GLOBAL': '\x8c\x05posix\x8c\x06system\x93)R.',
  'no end': "cposix\nsystem\n(S'id'\ntR",
  'rubbish at its end': "N0cposix\nsystem\n(S'id'\ntR\xff\xff",
  'a class': 'I1\n0cpackage.module\nClass\n.',
}

/** Texts that begin as pickles do, and call nothing. */
const texts: Readonly<Record<string, string>> = {
  'a list of classes': 'cat\ndog\nfish\nhorse\n',
  'a list of functions': 'cos\nsin\ntan\n',
  prose: 'copyright 2026\nall rights reserved\nSee the licence.\n',
  'a program': 'import os\nos.system("id")\n',
  'a class of Python':
    'class Net(Module):\n  __parameters__ = ["weight", ]\n  def forward(self) -> Tensor:\n',
  'a table': 'Name,Value\na,1\n',
  'a pickle of a text': 'Vabc\np0\n.',
  'a picture': `GIF89a\x10\0\x10\0\x80\0\0${'\0'.repeat(40)}`,
  'half a line': 'Icon',
  empty: '',
}

describe('a pickle that does not begin like one', () => {
  for (const [name, text] of Object.entries(hidden))
    test(`is one with ${name}`, async () => {
      expect(await isHidden(text)).toBe(true)
    })

  for (const [name, text] of Object.entries(texts))
    test(`is not ${name}`, async () => {
      expect(await isHidden(text)).toBe(false)
    })

  test('is one where nobody can tell within the limits', async () => {
    expect(await isHidden(`${'N0'.repeat(600)}${call}`, { ...defaultLimits, pickleOpcodes: 100 })).toBe(true)
    const long = `X\xa0\x86\x01\0${'a'.repeat(100_000)}0${call}`
    expect(await isHidden(long, { ...defaultLimits, pickleBytes: 70_000 })).toBe(true)
  })
})

/** A file of safetensors whose header is text to a pickle, as Python 3.11 and safetensors 0.8 both read it. */
function twofold(): Uint8Array {
  const data = call.padEnd(32, '\0')
  const end = `"},"w":{"dtype":"U8","shape":[${data.length + 1}],"data_offsets":[0,${data.length + 1}]}}`
  const length = 0x55 + 256 * 40
  const begin = '{"__metadata__":{"x":"'
  let header = begin.padEnd(2 + 40 - 8, 'a')
  for (let rest = length - header.length - 2; ; rest = length - header.length - 2) {
    if (rest <= 126) {
      header += `C${String.fromCharCode(rest)}${end.padEnd(rest)}`
      return bytes(`\x55\x28\0\0\0\0\0\0${header}0${data}`)
    }
    const skipped = rest - 128 >= end.length ? 126 : 100
    header += `C${String.fromCharCode(skipped)}`.padEnd(skipped + 2, 'a')
  }
}

describe('in a check', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sdinspect-hidden-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (const name of ['notes', 'scheduler.pt', 'training_args.bin', 'weights.pt', 'a.gif', 'x.txt'])
    test(`that code in ${name} is an error`, async () => {
      const at = join(folder, name.replace('.', '-'))
      mkdirSync(at)
      writeFileSync(join(at, 'model.npy'), bytes('\x93NUMPY\x01\0\x16\0{"descr":"|u1"}'))
      writeFileSync(join(at, name), bytes(`GIF89a!!!0${call}`))
      const { out, code } = await runCli(['check', '--json', join(at, name)])
      expect(code).toBe(1)
      expect(out).toContain('"security/pickle-globals","level":"error"')
      const whole = await runCli(['check', '--json', at])
      expect(whole.out).toContain('imports posix.system')
    })
  test('that a file is of safetensors too does not hide it, where its name is one of torch', async () => {
    writeFileSync(join(folder, 'model.bin'), twofold())
    const { out, code } = await runCli(['check', join(folder, 'model.bin')])
    expect(code).toBe(1)
    expect(out).toContain('model.bin  safetensors · 1 tensor')
    expect(out).toContain('imports posix.system')
    writeFileSync(join(folder, 'model.safetensors'), twofold())
    expect(await runCli(['check', join(folder, 'model.safetensors')])).toMatchObject({ code: 0 })
  })
})
