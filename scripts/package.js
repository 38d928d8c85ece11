// Packs the package, or takes the one that is given, checks the tarball, installs it in an empty folder and uses it there
// as anyone would: node scripts/package.js [TARBALL]
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-package-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const [given] = process.argv.slice(2)
const tarball = given === undefined ? packed() : resolve(given)
must('npx', ['--no-install', 'publint', 'run', tarball, '--strict'], root)
must('npx', ['--no-install', 'attw', tarball, '--profile', 'esm-only'], root)

const app = join(folder, 'app')
mkdirSync(app)
writeFileSync(join(app, 'package.json'), '{"private":true,"type":"module"}')
must('npm', ['install', '--offline', '--no-fund', '--no-audit', tarball], app)
const { scripts } = JSON.parse(readFileSync(join(app, 'node_modules/sdinspect/package.json'), 'utf8'))
for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
  assert.equal(scripts[name], undefined, `npm would ask whoever installs the package to approve its ${name}`)
copyFileSync(join(root, 'fixtures/cnn.safetensors'), join(app, 'cnn.safetensors'))
writeFileSync(join(app, 'cut.safetensors'), readFileSync(join(app, 'cnn.safetensors')).subarray(0, 1000))
for (const name of ['run.mjs', 'browser.ts', 'node.ts'])
  copyFileSync(join(root, 'scripts/package', name), join(app, name))

exits(0, ['cnn.safetensors'], /Trainable params/)
exits(0, ['cnn.safetensors', '--json'], /"kind": ?"buffer"/)
exits(0, ['stats', 'cnn.safetensors', '--workers', '2'], /92/)
exits(1, ['cut.safetensors'], /cut\.safetensors/)
exits(2, ['missing.safetensors'], /missing\.safetensors/)
exits(2, ['--no-such-flag'], /no-such-flag/)
must(process.execPath, ['run.mjs'], app)
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
const types = dirname(dirname(require.resolve('@types/node/package.json')))
const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom']
must(process.execPath, [tsc, ...strict, '--types', '', 'browser.ts'], app)
must(process.execPath, [tsc, ...strict, '--typeRoots', types, '--types', 'node', 'node.ts'], app)
process.stdout.write('The packed sdinspect installs, runs, imports and type-checks.\n')

function packed() {
  const [{ filename }] = JSON.parse(must('npm', ['pack', '--json', '--pack-destination', folder], root))
  return join(folder, filename)
}

/** Runs a program that has to succeed and gives its output. */
function must(program, args, cwd) {
  const result = runIn(cwd, program, args)
  const shown = `${program} ${args.join(' ')}`
  assert.equal(result.status, 0, `${shown} failed:\n${result.stdout}${result.stderr}${result.error ?? ''}`)
  return result.stdout
}

/** The installed command has to exit with `code` and say something like `pattern`, answer or message. */
function exits(code, args, pattern) {
  const result = runIn(app, 'npx', ['--no-install', 'sdinspect', ...args])
  const said = result.stdout + result.stderr
  const shown = `sdinspect ${args.join(' ')}`
  assert.equal(result.status, code, `${shown} exits with ${result.status}, not ${code}:\n${said}`)
  assert.match(said, pattern, `${shown} says:\n${said}`)
}

function runIn(cwd, program, args) {
  // npm and npx are batch files on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && program !== process.execPath
  const line = shell ? args.map((arg) => (/[ "]/.test(arg) ? JSON.stringify(arg) : arg)) : args
  return spawnSync(program, line, { cwd, shell, encoding: 'utf8', maxBuffer: 1 << 28 })
}
