import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import * as gateLibrary from '../src/gate.ts'
import * as library from '../src/index.ts'
import * as nodeLibrary from '../src/node.ts'
import * as safetensorsLibrary from '../src/safetensors.ts'

// A new name here is a promise to keep; a name that goes away breaks somebody.
const names = [
  'SdinspectError',
  'blobSource',
  'compareReports',
  'defaultLimits',
  'driftOf',
  'errorCodes',
  'explain',
  'findCheckpoints',
  'hubPlace',
  'inspect',
  'inspectCheckpoint',
  'isSdinspectError',
  'loadError',
  'loadStateDict',
  'lockCheckpoint',
  'lockLines',
  'lockReport',
  'manifestOf',
  'memoryPlace',
  'memorySource',
  'mergeStatistics',
  'open',
  'openFolder',
  'parseLock',
  'readCheckpoint',
  'urlPlace',
  'urlSource',
]
const nodeNames = [
  'Traffic',
  'diskPlace',
  'digestValues',
  'fileSource',
  'inspectPath',
  'inspectPaths',
  'openEach',
  'openPaths',
  'startWorkers',
]
const safetensorsNames = [
  'SdinspectError',
  'blobSource',
  'defaultLimits',
  'dtypes',
  'errorCodes',
  'isSdinspectError',
  'memorySource',
  'parseHeader',
  'readSafetensors',
]

test('sdinspect/check exports these names', () => {
  expect(Object.keys(gateLibrary).sort()).toEqual(['check', 'parsePolicy', 'reportFormats', 'reportText'])
})

test('sdinspect exports these names', () => {
  expect(Object.keys(library).sort()).toEqual(names)
})

test('sdinspect/node exports the same and what needs Node', () => {
  expect(Object.keys(nodeLibrary).sort()).toEqual([...names, ...nodeNames].sort())
})

test('sdinspect/safetensors exports these names', () => {
  expect(Object.keys(safetensorsLibrary).sort()).toEqual(safetensorsNames)
})

test('sdinspect runs where there is no Node', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'sdinspect',
    target: 'es2022',
    logLevel: 'silent',
  })
  // What a browser has beside the language, and nothing else.
  const fixture = readFileSync(new URL('../fixtures/cnn.safetensors', import.meta.url))
  const page = createContext({ TextDecoder, TextEncoder, Uint8Array, bytes: new Uint8Array(fixture) })
  const counts = await runInContext(
    `${outputFiles[0]?.text}
    ;(async () => {
      const { totals } = (await sdinspect.inspect(sdinspect.memorySource(bytes))).stateDicts[0]
      return [totals.parameters.tensors, totals.buffers.tensors].join()
    })()`,
    page,
  )
  // fixtures/cnn.safetensors.truth.json
  expect(counts).toBe('47,45')
})
