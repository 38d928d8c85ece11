// Leaves what V8 makes of the packs of the program beside them, so that a start does not compile them again. One Node
// makes it for itself: run this with another one to add the code for that. Run by scripts/build.js.
import { writeFileSync } from 'node:fs'
import { cacheFile, load, loaded } from '../bin/bundle.js'
import { packFile, train } from './packs/training.js'

// V8 keeps the functions that have run. Of each pack those are kept that have by the end of its own runs: what others run
// of it after that would be read by every start, and took a quick one some percent of its time.
let group = 0
await train(load('cli.js', false).main, () => {
  const name = packFile(group++)
  const { source, script } = loaded.get(name)
  writeFileSync(cacheFile(name, source), script.createCachedData())
})
