// Builds dist/cli.js (everything in one file, nothing to install at run time) and dist/lib (the typed library).
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // Names stay, so that a stack trace in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  // commander is CommonJS and requires node: modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
})

execFileSync(
  process.execPath,
  [require.resolve('typescript/package.json').replace('package.json', 'bin/tsc'), '-p', 'tsconfig.lib.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
