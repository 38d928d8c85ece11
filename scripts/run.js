// Runs a TypeScript script against the sources as they stand: node scripts/run.js FILE.ts [arguments…]
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const [, , script, ...rest] = process.argv
const result = await build({
  entryPoints: [script],
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
})

// Inside the project, so that bare imports find node_modules.
const bundle = fileURLToPath(new URL(`./.run-${process.pid}.mjs`, import.meta.url))
process.argv = [process.argv[0], script, ...rest]
writeFileSync(bundle, result.outputFiles[0].contents)
process.on('exit', () => rmSync(bundle, { force: true }))
await import(pathToFileURL(bundle).href)
