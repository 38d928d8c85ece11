// Compiles kernels/statistics.ts (AssemblyScript) into src/values/statistics/kernel-bytes.ts, which is committed: tests, the
// command line and a browser run the same bytes. `--check` compiles anew and says whether they are those.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const root = new URL('../', import.meta.url)
const source = readFileSync(new URL('kernels/statistics.ts', root), 'utf8')
const target = new URL('src/values/statistics/kernel-bytes.ts', root)
/** 64 KiB each: state and sums, tables, and 4 MiB of input. */
const pages = '82'
const flags = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--use', 'abort=']
const memory = ['--initialMemory', pages, '--maximumMemory', pages]

const before = readFileSync(target, 'utf8')
const isCheck = process.argv[2] === '--check'
const version = JSON.parse(
  readFileSync(new URL('node_modules/assemblyscript/package.json', root), 'utf8'),
).version
const digest = createHash('sha256')
  .update([source, version, ...flags, ...memory].join('\0'))
  .digest('hex')
// Compiling takes seconds, and the kernels change seldom.
if (isCheck || !before.includes(digest)) {
  const files = new Map([['statistics.ts', source]])
  let binary
  const { error, stderr } = await asc.main(
    ['statistics.ts', '--outFile', 'kernels.wasm', ...flags, ...memory],
    {
      readFile: (name) => files.get(name) ?? null,
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error) throw new Error(stderr.toString())
  const text = `// Made by npm run kernels of kernels/statistics.ts ${digest}.

/** The compiled kernels, in base64. */
export const kernelBytes =
  '${Buffer.from(binary).toString('base64')}'
`
  if (!isCheck) writeFileSync(target, text)
  else if (text !== before) {
    process.stderr.write('kernel-bytes.ts is not what kernels/statistics.ts compiles to: npm run kernels\n')
    process.exitCode = 1
  }
}
