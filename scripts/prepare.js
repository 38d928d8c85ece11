// Builds the package when npm installs it from its repository. Installed globally from git (`npm install -g git+…`, and
// pre-commit, which does the same), npm's own `global` setting reaches the install of the clone, and what builds the
// package is not there: it is fetched here, by the lock file.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const {
  npm_config_global: _global,
  npm_config_location: _location,
  npm_config_prefix: _prefix,
  ...env
} = process.env

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

try {
  createRequire(import.meta.url).resolve('esbuild')
} catch {
  const npm = process.env.npm_execpath
  const flags = ['ci', '--ignore-scripts', '--include=dev', '--no-fund', '--no-audit']
  if (npm === undefined) run('npm', flags)
  else run(process.execPath, [npm, ...flags])
}
run(process.execPath, ['scripts/build.js'])
