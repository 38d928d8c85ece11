// The program in a few files, its packs: what a run of the quickest commands loads is in the first, and nothing else is.
// Reading a text, and what V8 made of it, takes time for what is never run too: all in one file took a start more than
// half as long again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { build } from 'esbuild'
import { packCount, packFile, train } from './training.js'

/**
 * The texts of all packs.
 *
 * @param options what esbuild is told, without entries and outputs
 */
export async function packs(options) {
  const whole = await build({
    ...options,
    entryPoints: [main],
    outfile: 'dist/cli.js',
    bundle: true,
    write: false,
    metafile: true,
  })
  const modules = Object.keys(whole.metafile.inputs)
  const loaded = await loadedBy(whole.outputFiles[0].text)
  const packOf = new Map(modules.map((name) => [name, packCount - 1]))
  for (const [name, pack] of loaded) if (packOf.has(name)) place(name, pack, packOf, whole.metafile.inputs)
  const exported = await exportsOf(modules, whole.metafile, options)
  return Promise.all(
    Array.from({ length: packCount }, (_, index) => buildPack(index, packOf, exported, options)),
  )
}

const main = 'src/cli/main.ts'

/** Puts a module into a pack, with what it cannot be loaded without, where that is in none before. */
function place(name, pack, packOf, inputs) {
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (packOf.get(next) <= pack && next !== name) continue
    packOf.set(next, Math.min(pack, packOf.get(next)))
    for (const { path, kind, external } of inputs[next].imports)
      if (external !== true && kind !== 'dynamic-import' && packOf.get(path) > pack) open.push(path)
  }
}

/** The pack of every module that a training run loads: the group of the first that does. */
async function loadedBy(text) {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-build-'))
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    const file = join(folder, 'cli.js')
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
    writeFileSync(file, text)
    const program = createRequire(file)(file)
    const packOf = new Map([[main, 0]])
    let group = 0
    await train(program.main, async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage')
      // esbuild calls the function that makes a module by the module's path.
      for (const { functions } of result.filter(({ url }) => url.endsWith(file)))
        for (const { functionName, ranges } of functions)
          if (ranges[0].count > 0 && !packOf.has(functionName)) packOf.set(functionName, group)
      group++
    })
    return packOf
  } finally {
    session.disconnect()
    rmSync(folder, { recursive: true })
  }
}

/** Names of what each module exports; null for one that is not an ES module. */
async function exportsOf(modules, { inputs }, options) {
  const own = modules.filter((name) => inputs[name].format === 'esm')
  const { metafile } = await build({
    ...options,
    format: 'esm',
    entryPoints: own,
    outdir: 'dist',
    outbase: '.',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
  })
  const found = new Map(modules.map((name) => [name, null]))
  for (const { entryPoint, exports } of Object.values(metafile.outputs))
    if (entryPoint !== undefined) found.set(entryPoint, exports)
  return found
}

async function buildPack(index, packOf, exported, options) {
  const root = options.absWorkingDir
  const own = [...packOf].filter(([, pack]) => pack === index).map(([name]) => name)
  const cases = own.map(
    (name) => `case ${JSON.stringify(name)}: return require(${JSON.stringify(`./${name}`)})`,
  )
  const entry = `${index === 0 ? `export { main, run } from './${main}'\n` : ''}
export function moduleOf(name) { switch (name) { ${cases.join('\n')} } }`
  const { outputFiles } = await build({
    ...options,
    stdin: { contents: entry, resolveDir: root, sourcefile: packFile(index), loader: 'js' },
    outfile: `dist/${packFile(index)}`,
    bundle: true,
    write: false,
    plugins: [...(options.plugins ?? []), modulesOfOtherPacks(index, packOf, exported, root)],
  })
  return outputFiles[0].text
}

/** Puts in the place of a module of another pack one that asks that pack for it. */
function modulesOfOtherPacks(index, packOf, exported, root) {
  const namespace = 'other-pack'
  return {
    name: 'modules-of-other-packs',
    setup({ onResolve, onLoad, resolve }) {
      const skip = Symbol('resolving')
      onResolve({ filter: /.*/ }, async ({ path, ...from }) => {
        if (from.pluginData === skip || from.kind === 'entry-point' || path.startsWith('node:')) return null
        if (from.namespace === namespace) return { path, external: true }
        const found = await resolve(path, { ...from, pluginData: skip })
        if (found.external || found.errors.length > 0) return found
        const name = relative(root, found.path).split(sep).join('/')
        const pack = packOf.get(name)
        if (pack === undefined) throw new Error(`${name} is in no pack`)
        return pack === index ? found : { path: name, namespace }
      })
      onLoad({ filter: /.*/, namespace }, ({ path }) => {
        const pack = packOf.get(path)
        const there = `require('./${packFile(pack)}').moduleOf(${JSON.stringify(path)})`
        const names = exported.get(path)
        // What is in a later pack is imported when it is wanted. What an earlier one holds is there once and for all, and
        // is kept: code that is run often does not look it up.
        const contents =
          pack > index || names === null
            ? `module.exports = ${there}`
            : `const there = ${there}\n${names.map((name) => `export const ${name} = there.${name}`).join('\n')}`
        return { contents, loader: 'js' }
      })
    },
  }
}
