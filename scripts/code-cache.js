// Leaves what V8 makes of the packs of the program beside them, so that a start does not compile them again. One Node
// makes it for itself: run this with another one to add the code for that. Run by scripts/build.js.
import { writeFileSync } from 'node:fs'
import { cacheFile, load, loaded } from '../bin/bundle.js'
import { train } from './packs/training.js'

// V8 keeps the functions that have run: those of the commands that are run most.
await train(load('cli.js', false).main)
for (const [name, { source, script }] of loaded)
  writeFileSync(cacheFile(name, source), script.createCachedData())
