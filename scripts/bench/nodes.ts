import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface NodeProgram {
  readonly command: string
  /** `v22.11.0`. */
  readonly version: string
}

const majors = [20, 22, 24]
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * One Node of each major version that sdinspect is for: this one, and those that scripts/nodes.js can have, with the
 * compiled code for them that a release carries. What cannot be had is noted.
 */
export function everyNode(note: (text: string) => void): NodeProgram[] {
  spawnSync(process.execPath, [script('./nodes.js')], { stdio: 'ignore' })
  return majors.flatMap((major) => {
    if (process.version.startsWith(`v${major}.`))
      return [{ command: process.execPath, version: process.version }]
    const command = programOf(major)
    if (existsSync(command) && spawnSync(command, [script('./code-cache.js')]).status === 0)
      return [{ command, version: spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout.trim() }]
    note(`Node ${major} could not be had from npm, so it was not measured.`)
    return []
  })
}

/** Where scripts/nodes.js puts it. */
function programOf(major: number): string {
  const isWindows = process.platform === 'win32'
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`
  return script(
    `../node_modules/.cache/node-${major}/node_modules/${name}/bin/node${isWindows ? '.exe' : ''}`,
  )
}
