import { describe, expect, test } from 'vitest'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { readBytes } from './open.ts'

// Members as torch 2.15 names them: torch._inductor.aoti_compile_and_package, and package_pt2 with a program and its libraries.
const library = { name: 'm/data/aotinductor/model/c3.wrapper.so', data: '\x7fELF' }
const source = { name: 'm/data/aotinductor/model/c3.wrapper.cpp', data: '' }
const rest = [
  { name: 'm/archive_format', data: 'pt2' },
  { name: 'm/archive_version', data: '0' },
  { name: 'm/.data/version', data: '3\n' },
  { name: 'm/byteorder', data: 'little' },
]

describe('a package of AOTInductor', () => {
  test('is named as what it is: its weights are in code that is not read', async () => {
    await expect(readBytes(zipBytes([source, library, ...rest]), 'm.pt2')).rejects.toMatchObject({
      code: 'unsupported/format',
      message: expect.stringContaining('compiled code that runs when it is loaded'),
    })
  })

  test('beside an exported program is code that comes with it', async () => {
    const program = { name: 'm/models/model.json', data: '{"graph_module":{}}' }
    const { findings } = await readBytes(zipBytes([source, library, program, ...rest]), 'm.pt2')
    expect(findings).toMatchObject([
      { rule: 'security/model-code', level: 'error', message: expect.stringContaining('c3.wrapper.so') },
    ])
    const without = await readBytes(zipBytes([program, ...rest]), 'm.pt2')
    expect(without.findings).toEqual([])
  })
})
