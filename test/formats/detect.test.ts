import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ErrorCode, SdinspectError } from '../../src/errors.ts'
import { detectFormat, formats, headBytes } from '../../src/formats/index.ts'
import { nameNote } from '../../src/formats/name-note.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { sniff } from '../../src/formats/sniff.ts'
import { defaultLimits } from '../../src/limits.ts'
import { memorySource } from '../../src/source/memory.ts'
import { zipBytes } from '../codec/zip-bytes.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'

const ascii = (text: string, length = 0) => {
  const bytes = new Uint8Array(Math.max(text.length, length))
  bytes.set(Array.from(text, (letter) => letter.charCodeAt(0)))
  return bytes
}
const detect = (bytes: Uint8Array, name = 'model.safetensors') =>
  detectFormat(bytes.subarray(0, headBytes), memorySource(bytes, name))

function refusal(bytes: Uint8Array, name?: string): SdinspectError {
  try {
    detect(bytes, name)
  } catch (error) {
    return error as SdinspectError
  }
  throw new Error('it was taken for a checkpoint')
}

/** The first bytes of files that other libraries wrote: fixtures/README.md. */
const heads: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('../../fixtures/named.json', import.meta.url), 'utf8'),
)

describe('a file of another program', () => {
  it.each([
    ['saved_model.pb', 'the graph of a TensorFlow SavedModel', 'variables/variables.index'],
    ['graph.pb', 'a graph of TensorFlow (GraphDef)', 'TensorFlow'],
    ['model.mlmodel', 'a CoreML model', 'coremltools'],
    ['package/model.mlmodel', 'a CoreML model', 'coremltools'],
    ['weight.bin', 'the weights of a CoreML program', 'coremltools'],
    ['model.tflite', 'a TensorFlow Lite model', 'TensorFlow Lite'],
  ])('%s is called what it is, by its bytes and with what reads it', (name, title, tool) => {
    const bytes = Uint8Array.from(Buffer.from(heads[name] as string, 'base64'))
    for (const called of [name, 'x.dat', 'pytorch_model.bin']) {
      const { code, message, hint } = refusal(bytes, called)
      expect([code, message.includes(title), hint]).toEqual([
        'unsupported/format',
        true,
        expect.stringContaining(tool),
      ])
    }
  })

  it.each([
    ['net.data-00000-of-00001', 'a file of values of a TensorFlow checkpoint', '.index'],
    ['group1-shard1of3.bin', 'a file of weights of a TensorFlow.js model', 'tensorflowjs_converter'],
    ['model.ckpt-100.meta', 'the graph of a TensorFlow 1 checkpoint', '.index'],
  ])('%s is called what it is by its name', (name, title, tool) => {
    const { code, message, hint } = refusal(new Uint8Array(64).fill(7), name)
    expect([code, message.includes(title), hint]).toEqual([
      'unsupported/format',
      true,
      expect.stringContaining(tool),
    ])
  })

  it('is no model of ONNX, which begins alike', async () => {
    const onnx = readFileSync(new URL('../../fixtures/onnx/network.onnx', import.meta.url))
    expect(detect(onnx, 'saved_model.pb').id).toBe('onnx')
  })
})

const tar = ascii('folder/', 512)
tar.set(ascii('ustar'), 257)

describe('a file that is something else (S16)', () => {
  const cases: [what: string, bytes: Uint8Array, code: ErrorCode, message: string, hint?: string][] = [
    [
      'a Git LFS pointer',
      ascii('version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n'),
      'format/pointer',
      'a Git LFS pointer',
      'git lfs pull',
    ],
    [
      'a DVC pointer',
      ascii('outs:\n- md5: 0123\n  size: 5\n  path: model.safetensors\n'),
      'format/pointer',
      'a DVC pointer',
      'dvc pull',
    ],
    [
      'an HTML page',
      ascii('\n <!DOCTYPE html><html>'),
      'format/web-page',
      'an HTML page',
      'download it again',
    ],
    [
      'the XML error of a storage server',
      ascii('<?xml version="1.0"?><Error><Code>AccessDenied</Code>'),
      'format/web-page',
      'an XML document',
      'download it again',
    ],
    ['TFLite', ascii('\x1c\0\0\0TFL3', 64), 'unsupported/format', 'a TensorFlow Lite model'],
    ['a GIF', ascii('GIF89a', 64), 'unsupported/format', 'a picture'],
    ['a WebP', ascii('RIFF\x24\0\0\0WEBPVP8 ', 64), 'unsupported/format', 'a picture'],
    ['a BMP', ascii('BM\x46\0\0\0\0\0\0\0\x36', 78), 'unsupported/format', 'a picture'],
    ['an MP4', ascii('\0\0\0\x20ftypisom', 64), 'unsupported/format', 'a sound or a film'],
    ['a program for Windows', ascii('MZ', 104), 'unsupported/format', 'a program'],
    ['Parquet', ascii('PAR1', 64), 'unsupported/format', 'a table of data'],
    ['gzip', ascii('\x1f\x8b\x08', 64), 'unsupported/format', 'a gzip file', 'unpack it first'],
    ['Zstandard', ascii('\x28\xb5\x2f\xfd', 64), 'unsupported/format', 'a Zstandard file', 'unpack it first'],
    ['7z', ascii('7z\xbc\xaf\x27\x1c', 64), 'unsupported/format', 'a 7z archive', 'unpack it first'],
    ['bzip2', ascii('BZh91AY&SY', 64), 'unsupported/format', 'a bzip2 file', 'unpack it first'],
    ['xz', ascii('\xfd7zXZ\0', 64), 'unsupported/format', 'an xz file', 'unpack it first'],
  ]
  it.each(cases)('is named: %s', (_, bytes, code, message, hint) => {
    const error = refusal(bytes)
    expect(error.code).toBe(code)
    expect(refusal(bytes, 'file').code).toBe(code)
    expect(error.message).toContain(`the file is called .safetensors, and is ${message}`)
    if (hint !== undefined) expect(error.hint).toContain(hint)
  })

  it('is not blamed for its name when the name claims nothing', () => {
    expect(refusal(ascii('\x1c\0\0\0TFL3', 64), 'model').message).toBe('the file is a TensorFlow Lite model')
  })

  it('is named by its name where such files begin like nothing in particular', () => {
    const error = refusal(ascii('\x01model', 64), 'model.ggml')
    expect(error).toMatchObject({ code: 'unsupported/format' })
    expect(error.message).toContain('a GGML file')
    // specificationVersion 4, a description, and the network in the field 500 (Model.proto of coremltools): not ONNX.
    const coreML = ascii('\x08\x04\x12\x02\x0a\0\xa2\x1f\x04\x0a\x02\x08\x01', 64)
    expect(refusal(coreML, 'm.mlmodel')).toMatchObject({ code: 'unsupported/format' })
    expect(refusal(coreML, 'm.mlmodel').message).toContain('a CoreML model')
  })

  it('is a SavedModel by its first bytes and not a model of ONNX, of which the second field is a text', () => {
    // saved_model_schema_version 1, and a MetaGraphDef that begins with its MetaInfoDef.
    const saved = ascii('\x08\x01\x12\x97\x01\x0a\x10\x22\x05serve', 64)
    for (const name of ['saved_model.pb', 'model', 'm.onnx'])
      expect(refusal(saved, name)).toMatchObject({ code: 'unsupported/format' })
    expect(refusal(saved, 'saved_model.pb').message).toBe('the file is a SavedModel of TensorFlow')
    expect(refusal(ascii('\x0a\x10\x0a\x01x', 64), 'frozen.pb').message).toContain('a graph of TensorFlow')
  })

  it('is an archive of another program where nothing in it is torch’s, whatever its name', async () => {
    const wheel = zipBytes([{ name: 'package/__init__.py' }, { name: 'package-1.dist-info/RECORD' }])
    const read = (name: string) => readCheckpoint(memorySource(wheel, name), { limits: defaultLimits })
    for (const name of ['package-1-py3-none-any.whl', 'archive.zip', '(memory)', 'model.pt', 'model.bin'])
      await expect(read(name)).rejects.toMatchObject({
        code: 'unsupported/format',
        message: 'the file is a Python wheel, and torch did not write it',
      })
  })

  it('is a package of torch.package where it names what it takes from outside', async () => {
    const bytes = zipBytes([
      { name: 'm/.data/extern_modules' },
      { name: 'm/.data/0.storage' },
      { name: 'm/a.py' },
    ])
    await expect(
      readCheckpoint(memorySource(bytes, 'm.pt'), { limits: defaultLimits }),
    ).rejects.toMatchObject({
      code: 'unsupported/format',
      message: 'the file is a package of torch.package, which is code and pickles',
    })
  })

  it('is a stream of zlib or LZMA, as joblib writes pickles, and not a text that begins with x^', () => {
    const title = (bytes: Uint8Array) => sniff(bytes)?.title
    for (const level of [1, 6, 9])
      expect(title(deflateSync('\x80\x02cposix\nsystem\n.', { level }))).toBe(
        'a zlib stream, as joblib writes',
      )
    // lzma.compress(b'a', format=lzma.FORMAT_ALONE), and the same with its length.
    expect(title(Buffer.from('5d00008000ffffffffffffffff0030', 'hex'))).toBe(
      'an LZMA stream, as joblib writes',
    )
    expect(title(Buffer.from('5d000080000100000000000000003041', 'hex'))).toBe(
      'an LZMA stream, as joblib writes',
    )
    expect(title(ascii('x^2 + y^2 = z^2'))).toBeUndefined()
    expect(title(ascii(']\0\0\x80\0 a list of something else', 64))).toBeUndefined()
  })

  it.each([
    ['encrypted', { name: 'notes.txt', flags: 1 }],
    ['compressed as torch never does', { name: 'notes.txt', method: 14 }],
  ])(
    'is an archive of another program also where it is %s; one of torch is at fault then',
    async (_, entry) => {
      const read = (name: string) =>
        readCheckpoint(memorySource(zipBytes([{ ...entry, name }]), 'a.zip'), { limits: defaultLimits })
      await expect(read('notes.txt')).rejects.toMatchObject({
        code: 'unsupported/format',
        message: 'the file is a ZIP archive, and torch did not write it',
      })
      await expect(read('a/data.pkl')).rejects.toMatchObject({ code: 'format/malformed' })
    },
  )

  it('is an empty file before anything else', () => {
    expect(refusal(new Uint8Array(0)).code).toBe('format/empty')
  })

  it('is unknown when neither bytes nor name tell, and the message shows how it begins', () => {
    expect(refusal(ascii('hello world, hello'), 'notes.txt')).toMatchObject({
      code: 'format/unknown',
      offset: 0,
    })
    expect(refusal(ascii('hello world, hello'), 'notes.txt').message).toContain('begins with "hello wo"')
    expect(refusal(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), '(memory)').message).toContain(
      '01 02 03 04 05 06 07 08',
    )
  })
})

describe('a file of one format called like another', () => {
  const bytes = safetensorsBytes({ header: { a: entry('F32', [2, 2], 0, 16) } })
  const rules = async (content: Uint8Array, name: string) => {
    const { findings } = await readCheckpoint(memorySource(content, name), { limits: defaultLimits })
    return findings.map(({ rule, level }) => `${rule} ${level}`)
  }

  it('is read, with a finding that says both', async () => {
    expect(await rules(bytes, 'model.pt')).toEqual(['format/wrong-name warning'])
  })

  it('is an error where the name promises safetensors', () => {
    for (const format of formats.filter(({ id }) => id !== 'safetensors')) {
      expect(nameNote(formats, format, 'x.safetensors')).toMatchObject({
        rule: 'format/wrong-name',
        level: 'error',
        message: `the file is called .safetensors, and its bytes are ${format.title}`,
      })
    }
  })

  it('is nothing to remark on where the name claims nothing', async () => {
    for (const name of ['model.safetensors', 'MODEL.SAFETENSORS', 'model', 'model.v2'])
      expect(await rules(bytes, name)).toEqual([])
  })
})

describe('a safetensors file', () => {
  const bytes = safetensorsBytes({ header: { a: entry('F32', [2, 2], 0, 16) } })

  it('is known by its bytes, whatever it is called', () => {
    for (const name of ['model.safetensors', 'model.bin', 'model', '(memory)'])
      expect(detect(bytes, name).id).toBe('safetensors')
  })

  it('is known when it is cut off or its length is wrong', () => {
    for (const length of [8, 9, 20, 70])
      expect(detect(bytes.subarray(0, length), 'model').id).toBe('safetensors')
    const bigEndian = safetensorsBytes({ header: '{}', isBigEndian: true })
    expect(detect(bigEndian, 'model').id).toBe('safetensors')
  })

  it('is taken at its name when its bytes are damaged', () => {
    expect(detect(Uint8Array.of(1, 2, 3)).id).toBe('safetensors')
    expect(detect(new Uint8Array(64), 'MODEL.SAFETENSORS').id).toBe('safetensors')
  })

  it('is not JSON whose ninth byte happens to be a brace', () => {
    expect(
      formats.find(({ id }) => id === 'safetensors')?.detect(ascii('{"abcd":{"dtype":"F32"}}'), 24),
    ).toBe(false)
  })
})
