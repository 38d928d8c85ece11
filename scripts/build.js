// Builds dist/cli.js (everything in one file, nothing to install at run time), dist/action.js (the GitHub Action) and
// dist/lib (the typed library).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { compress } from 'lzma'
import { packs } from './packs/packs.js'
import { packFile } from './packs/training.js'
import { keepReachable } from './reachable.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
/** `node scripts/build.js cli` leaves the library as it is: the tests that run the program need no more. */
const cliOnly = process.argv[2] === 'cli'
if (!cliOnly) rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
execFileSync(process.execPath, ['scripts/run.js', 'scripts/policy/validator.ts'], {
  cwd: root,
  stdio: 'inherit',
})

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

/** Pages tell what a finding is and how it is mended; what else `explain` says of it stays out of them: twenty kilobytes. */
const withoutRulePages = {
  name: 'without rule pages',
  setup({ onLoad }) {
    onLoad({ filter: /src[\\/](findings[\\/]pages|check[\\/]rules)[\\/].+\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        /^ {2,4}(claim|why|case):\s*(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`),\n/gm,
        '',
      ),
      loader: 'ts',
    }))
  },
}

/** A page is one script, which holds all it may load: what is loaded when it is wanted is a wrapper around each module. */
const withoutLaterImports = {
  name: 'without later imports',
  setup({ onLoad }) {
    onLoad({ filter: /src[\\/]formats[\\/].+\.ts$/ }, ({ path }) => {
      const imports = []
      const contents = readFileSync(path, 'utf8').replace(
        /^ +const (\{ \w+ \}) = await import\(('[^']+')\)\n/gm,
        (_, names, from) => {
          imports.push(`import ${names} from ${from}\n`)
          return ''
        },
      )
      return { contents: imports.join('') + contents, loader: 'ts' }
    })
  },
}

// What the pages of `report` carry. Files of their own, so that no other command reads them.
await build({
  absWorkingDir: root,
  entryPoints: ['src/page/report.ts', 'src/page/viewer.ts', 'src/page/unpack.ts', 'src/page/page.css'],
  outdir: 'dist/page',
  bundle: true,
  platform: 'browser',
  target: ['chrome123', 'firefox120', 'safari17.5'],
  format: 'iife',
  minify: true,
  charset: 'ascii',
  legalComments: 'eof',
  logLevel: 'warning',
  plugins: [withoutRulePages, withoutLaterImports],
})
// In a page `<!--` would begin a comment that a script element does not end in. It stands in texts alone.
for (const name of readdirSync(new URL('../dist/page', import.meta.url))) {
  const file = new URL(`../dist/page/${name}`, import.meta.url)
  const text = readFileSync(file, 'utf8').replaceAll('<!--', '<\\x21--')
  if (/<\/(?:script|style)/i.test(text))
    throw new Error(`dist/page/${name} would end the element of the page that it stands in`)
  writeFileSync(file, text)
}
// The viewer has all of the library in it: its page carries it packed, and the package too.
const viewer = new URL('../dist/page/viewer.js', import.meta.url)
writeFileSync(new URL('../dist/page/viewer.lzma', import.meta.url), await lzma(readFileSync(viewer)))
rmSync(viewer)

const texts = await packs({
  absWorkingDir: root,
  // CommonJS, because a module's `node:` imports are then loaded when it is and not when the program starts.
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  // A bundled module is there already, and importing one of Node's would start the loader of ES modules.
  supported: { 'dynamic-import': false },
  // So that it can be read without being decoded.
  charset: 'ascii',
  // Names stay, so that a stack trace in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  logLevel: 'warning',
  plugins: [childProcessWhenUsed],
  define: { 'import.meta.dirname': '__dirname' },
})
for (const name of readdirSync(new URL('../dist', import.meta.url)))
  if (/\.cache$|^cli(-\d+)?\.js$/.test(name)) rmSync(new URL(`../dist/${name}`, import.meta.url))
for (const [index, text] of texts.entries()) {
  if (/[^\0-\x7f]/.test(text)) throw new Error('bin/bundle.js reads the program as ASCII, and it is not')
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  writeFileSync(new URL(`../dist/${packFile(index)}`, import.meta.url), `// ${digest}\n${text}`)
}
for (const node of [process.execPath, ...(cliOnly ? [] : otherNodes())])
  execFileSync(node, ['scripts/code-cache.js'], { cwd: root, stdio: 'inherit' })

// What other threads run (src/workers).
await build({
  absWorkingDir: root,
  entryPoints: ['src/workers/worker.ts'],
  outfile: 'dist/sdinspect-worker.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  supported: { 'dynamic-import': false },
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  logLevel: 'warning',
})

// The entry of the GitHub Action: the program is the one beside it.
await build({
  stdin: {
    contents: "import { runAction } from './action.ts'\nrunAction(process)\n",
    resolveDir: `${root}src/cli`,
  },
  outfile: `${root}dist/action.js`,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  plugins: [
    {
      name: 'program-beside-it',
      setup({ onResolve }) {
        onResolve({ filter: /\.\/main\.ts$/ }, () => ({ path: './cli.js', external: true }))
      },
    },
  ],
})

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

if (!cliOnly) {
  await buildGate()
  // Four fifths of the declarations, and the modules of the command line, are nothing that an importer sees.
  const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const entries = Object.values(exports).flatMap(
    (target) => /dist\/lib\/(.+)\.js$/.exec(target.default ?? '')?.[1] ?? [],
  )
  keepReachable(`${root}dist/lib`, entries)
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} with a header that says their length */
function lzma(bytes) {
  // Of the nine levels this is the one after which little is won and much time lost.
  const level = 3
  return new Promise((done, failed) =>
    compress(bytes, level, (packed, error) => (packed ? done(Uint8Array.from(packed)) : failed(error))),
  )
}

/**
 * `sdinspect/check` uses the code of the command line, and that a package which is bundled: of both it gets its own copy,
 * and all else, the class of errors first, is that of the library.
 */
async function buildGate() {
  rmSync(new URL('../dist/lib/cli', import.meta.url), { recursive: true, force: true })
  const sources = `${root}src/`
  await build({
    absWorkingDir: root,
    entryPoints: ['src/gate.ts'],
    outfile: 'dist/lib/gate.js',
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    logLevel: 'warning',
    // That for Node is CommonJS, and asks for `process` as no ES module can.
    alias: { yaml: require.resolve('yaml').replace(/dist.index\.js$/, 'browser/index.js') },
    plugins: [
      {
        name: 'the-library-beside-it',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
            const file = resolve(resolveDir, path)
            if (kind === 'entry-point' || !file.startsWith(sources) || file.startsWith(`${sources}cli/`))
              return null
            const beside = file.slice(sources.length).replace(/\.ts$/, '.js')
            return { path: `./${beside.split(sep).join('/')}`, external: true }
          })
        },
      },
    ],
  })
}

/** The Nodes that scripts/nodes.js has fetched. */
function otherNodes() {
  const cache = `${root}node_modules/.cache`
  if (!existsSync(cache)) return []
  return readdirSync(cache)
    .filter((name) => /^node-\d+$/.test(name))
    .flatMap((name) => {
      const packages = `${cache}/${name}/node_modules`
      if (!existsSync(packages)) return []
      return readdirSync(packages).map((each) => `${packages}/${each}/bin/node`)
    })
    .filter((program) => existsSync(program))
}
