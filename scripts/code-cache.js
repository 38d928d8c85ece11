// Compiles dist/cli.js as Node 20 would run it, and keeps the compiled code beside it for bin/sdinspect.js.
// Node 22 and later do so themselves (module.enableCompileCache).
import { readFileSync, writeFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const root = fileURLToPath(new URL('..', import.meta.url))
const bundle = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
if (nodeModule.enableCompileCache === undefined) {
  const text = readFileSync(bundle, 'utf8')
  const script = new Script(nodeModule.wrap(text), { filename: bundle })
  const loaded = { exports: {} }
  script.runInThisContext()(loaded.exports, nodeModule.createRequire(bundle), loaded, bundle, dirname(bundle))

  // What most runs run is compiled by running it; the rest stays as text until it is needed.
  const quiet = { write: async () => true, isTTY: false, columns: undefined }
  for (const argv of [
    ['fixtures/cnn.safetensors'],
    ['ls', 'fixtures/bert'],
    ['--json', 'fixtures/gptq'],
    ['why', 'fixtures/lora', '**'],
  ]) {
    await loaded.exports.main(
      argv.map((one) => (one.startsWith('fixtures') ? `${root}/${one}` : one)),
      { out: quiet, err: quiet, env: {} },
    )
  }
  writeFileSync(
    `${bundle}.${text.slice(3, 19)}.${process.versions.v8}-${process.arch}`,
    script.createCachedData(),
  )
}
