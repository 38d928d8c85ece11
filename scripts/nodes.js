// Fetches Nodes of the other versions that sdinspect is for from npm into node_modules/.cache. A build makes compiled code
// for those that are there (scripts/code-cache.js), which a release carries, and npm run bench measures them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const { platform, arch, version } = process
const isWindows = platform === 'win32'
// `node` of npm is a package for each platform, and a script that chooses one: here it is chosen at once.
const name = `node-${isWindows ? 'win' : platform}-${arch}`

for (const major of [20, 22, 24]) {
  if (version.startsWith(`v${major}.`)) continue
  const folder = fileURLToPath(new URL(`../node_modules/.cache/node-${major}`, import.meta.url))
  const program = `${folder}/node_modules/${name}/bin/node${isWindows ? '.exe' : ''}`
  if (existsSync(program)) continue
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, '{ "private": true }\n')
  const flags = ['--no-save', '--no-fund', '--no-audit', '--ignore-scripts']
  spawnSync('npm', ['install', ...flags, `${name}@${major}`], {
    cwd: folder,
    stdio: 'ignore',
    shell: isWindows,
  })
  if (!existsSync(program)) process.stderr.write(`Node ${major} cannot be had from npm here\n`)
}
