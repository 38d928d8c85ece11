import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface NodeProgram {
  readonly command: string
  /** `v22.11.0`. */
  readonly version: string
}

const majors = [20, 22, 24]

/**
 * One Node of each major version that sdinspect is for: this one, and those that npm has as packages, which are kept
 * below node_modules/.cache. What cannot be had is noted.
 */
export function everyNode(note: (text: string) => void): NodeProgram[] {
  return majors.flatMap((major) => {
    if (process.version.startsWith(`v${major}.`))
      return [{ command: process.execPath, version: process.version }]
    const command = installed(major)
    const version = command === null ? '' : spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout
    if (command !== null && version !== '') return [{ command, version: version.trim() }]
    note(`Node ${major} could not be had from npm, so it was not measured.`)
    return []
  })
}

/** `node` of npm is a package for each platform, and a script that chooses one: here it is chosen at once. */
function installed(major: number): string | null {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  const folder = fileURLToPath(new URL(`../node_modules/.cache/node-${major}/`, import.meta.url))
  const command = `${folder}node_modules/${name}/bin/node${process.platform === 'win32' ? '.exe' : ''}`
  if (existsSync(command)) return command
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}package.json`, '{ "private": true }\n')
  spawnSync(
    'npm',
    ['install', '--no-save', '--no-fund', '--no-audit', '--ignore-scripts', `${name}@${major}`],
    {
      cwd: folder,
      stdio: 'ignore',
      shell: process.platform === 'win32',
    },
  )
  return existsSync(command) ? command : null
}
