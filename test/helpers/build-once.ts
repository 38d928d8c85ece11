import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds dist/cli.js before the tests that run bin/sdinspect.js, unless it is newer than all it is made of. */
export default function setup(): void {
  const built = Math.min(...['cli', 'sdinspect-worker', 'action'].map((name) => changed(`dist/${name}.js`)))
  if (made.every((path) => changed(path) < built)) return
  execFileSync(process.execPath, ['scripts/build.js', 'cli'], { cwd: root, stdio: 'inherit' })
}

/** What the build reads; a folder changes when a file of it comes or goes. */
const made = [
  'package-lock.json',
  'bin',
  'scripts/build.js',
  'scripts/code-cache.js',
  'scripts/packs/packs.js',
  'scripts/packs/training.js',
  'src',
  ...['bin', 'src'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  ),
]

/** When a file was written last, in milliseconds; 0 where there is none. */
function changed(path: string): number {
  return statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
