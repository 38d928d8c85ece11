// Builds dist/cli.js (everything in one file, nothing to install at run time) and dist/lib (the typed library).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
/** `node scripts/build.js cli` leaves the library as it is: the tests that run the program need no more. */
const cliOnly = process.argv[2] === 'cli'
if (!cliOnly) rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })

/** commander starts other programs only for sub-commands that are files, and there are none: loading what would start them costs 2 ms. */
const childProcessWhenUsed = {
  name: 'child-process-when-used',
  setup({ onLoad }) {
    onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8')
      const contents = code
        .replace("const childProcess = require('node:child_process');", '')
        .replaceAll('childProcess.', "require('node:child_process').")
      if (contents === code) throw new Error('commander no longer loads node:child_process as it did')
      return { contents, loader: 'js' }
    })
  },
}

// The bundle is CommonJS and the library is not: each folder says which it is.
mkdirSync(new URL('../dist/lib', import.meta.url), { recursive: true })
writeFileSync(new URL('../dist/package.json', import.meta.url), '{ "type": "commonjs" }\n')
writeFileSync(
  new URL('../dist/lib/package.json', import.meta.url),
  '{ "type": "module", "sideEffects": false }\n',
)

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  // CommonJS, because a module's `node:` imports are then loaded when it is and not when the program starts.
  outfile: 'dist/cli.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  // `import()` of a node: module becomes `require`, which code from the cache can do.
  supported: { 'dynamic-import': false },
  // Names stay, so that a stack trace in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  logLevel: 'warning',
  plugins: [childProcessWhenUsed],
})

// A first line that names the contents, so that compiled code is never taken for that of another build.
const bundle = new URL('../dist/cli.js', import.meta.url)
for (const name of readdirSync(new URL('../dist', import.meta.url))) {
  if (name.startsWith('cli.js.')) rmSync(new URL(`../dist/${name}`, import.meta.url))
}
const code = readFileSync(bundle, 'utf8')
writeFileSync(bundle, `// ${createHash('sha256').update(code).digest('hex').slice(0, 16)}\n${code}`)
execFileSync(process.execPath, ['scripts/code-cache.js'], { cwd: root, stdio: 'inherit' })

if (!cliOnly) {
  execFileSync(
    process.execPath,
    [
      require.resolve('typescript/package.json').replace('package.json', 'bin/tsc'),
      '-p',
      'tsconfig.lib.json',
    ],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
}
