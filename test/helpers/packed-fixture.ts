import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll } from 'vitest'

/** The path of a fixture that is kept compressed (`NAME.br`), unpacked until the tests of the file have run. */
export function packedFixture(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-fixture-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, basename(name))
  writeFileSync(path, brotliDecompressSync(readFileSync(new URL(`../../${name}.br`, import.meta.url))))
  return path
}
