import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll } from 'vitest'
import { packedOrPlain } from './packed-files.ts'

/** The path of a fixture that is kept compressed (`NAME.br`), unpacked until the tests of the file have run. */
export function packedFixture(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-fixture-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, basename(name))
  writeFileSync(path, packedOrPlain(name))
  return path
}
