// Leaves what V8 makes of dist/cli.js beside it, so that a start does not compile it again. One Node makes it for
// itself: run this with another one to add the code for that. Run by scripts/build.js.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cacheFile, compile, read, run } from '../bin/bundle.js'

const source = read()
const script = compile(source)
const { main } = run(script)
// V8 keeps the functions that have run: those of the commands that are run most.
const file = fileURLToPath(new URL('../fixtures/cnn.safetensors', import.meta.url))
for (const argv of [[file], ['ls', file], ['--json', file]])
  for (const isTTY of [false, true]) {
    const sink = { isTTY, columns: 100, write: async () => {} }
    const exitCode = await main(argv, { out: sink, err: sink, env: { TERM: 'xterm-256color' } })
    if (exitCode !== 0) throw new Error(`sdinspect ${argv.join(' ')} exits with ${exitCode}`)
  }
writeFileSync(cacheFile(source), script.createCachedData())
