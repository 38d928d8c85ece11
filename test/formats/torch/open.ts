import { readFileSync } from 'node:fs'
import { readCheckpoint } from '../../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import { defaultLimits, type Limits } from '../../../src/limits.ts'
import type { Checkpoint } from '../../../src/model/checkpoint.ts'
import type { Report } from '../../../src/model/report.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { packedOrPlain } from '../../helpers/packed-files.ts'

const fixtures = new URL('../../../fixtures/', import.meta.url)

export interface Truth {
  readonly entries: readonly {
    readonly name: string
    readonly dtype: string
    readonly shape: readonly number[]
    readonly kind: 'parameter' | 'buffer'
    readonly requires_grad: boolean
  }[]
}

export function fixtureBytes(name: string): Uint8Array {
  return packedOrPlain(`fixtures/${name}`)
}

export function truthOf(name: string): Truth {
  return JSON.parse(readFileSync(new URL(`${name}.truth.json`, fixtures), 'utf8'))
}

export function readBytes(
  bytes: Uint8Array,
  name = 'test.pt',
  limits: Partial<Limits> = {},
): Promise<Checkpoint> {
  return readCheckpoint(memorySource(bytes, name), { limits: { ...defaultLimits, ...limits } })
}

export async function inspectFixture(name: string): Promise<Report> {
  return inspectCheckpoint(await readBytes(fixtureBytes(name), name), { path: name })
}
