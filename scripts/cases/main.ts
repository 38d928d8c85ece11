// Packs a folder of checkpoints for test/cases.test.ts: npm run cases -- FOLDER
// Values of tensors become zeros, where they are many: what is asked of these files is in their structure.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { withoutValues } from './without-values.ts'

const [, , folder] = process.argv
if (folder === undefined) throw new Error('npm run cases -- FOLDER')
/** What makes the files, says what is right, or takes megabytes to say nothing more. */
const leftOut = /(?:^|\/)(?:expect\.md|README\.md|[^/]*\.py|[^/]*\.mjs|torch-says\.json)$|^files\/attack\//
/** Of these the values are what it is about. */
const ofValues = /23-cut-off|24-sd15|15-metadata/

const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .sort()
const index: [name: string, bytes: number][] = []
const parts: Uint8Array[] = []
for (const name of names) {
  if (leftOut.test(name)) continue
  let bytes: Uint8Array
  try {
    bytes = readFileSync(join(folder, name))
  } catch {
    continue // A folder, or a link that leads nowhere.
  }
  const packed = ofValues.test(name) ? bytes : withoutValues(bytes)
  index.push([name, packed.length])
  parts.push(packed)
}
const head = Buffer.from(`${JSON.stringify(index)}\n`)
const all = Buffer.concat([head, ...parts])
const small = brotliCompressSync(all, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: all.length,
  },
})
writeFileSync('fixtures/cases.bin.br', small)
console.log(`${index.length} files, ${all.length} bytes, ${small.length} packed`)
