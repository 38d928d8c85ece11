import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A program that runs JavaScript. */
export interface Runtime {
  /** `Node 22.11.0`. */
  readonly title: string
  /** What stands before the path of a script, the program first. */
  readonly command: readonly string[]
}

interface Kind {
  readonly name: string
  /** As npm has it, of the version that was tried last. */
  readonly pack: string
  /** Below node_modules, once that is installed. */
  readonly program: string
  /** What stands between the program and the path of a script. */
  readonly flags: readonly string[]
}

const isWindows = process.platform === 'win32'
const exe = isWindows ? '.exe' : ''
const node = `node-${isWindows ? 'win' : process.platform}-${process.arch}`

const kinds: readonly Kind[] = [
  ...[20, 22, 24].map((major) => ({
    name: `node-${major}`,
    pack: `${node}@${major}`,
    program: `${node}/bin/node${exe}`,
    flags: [],
  })),
  { name: 'bun', pack: 'bun@1.4.5', program: 'bun/bin/bun.exe', flags: [] },
  { name: 'deno', pack: 'deno@2.9.6', program: `deno/deno${exe}`, flags: ['run', '--allow-all'] },
]

/**
 * Those that are here: this Node, what is on the PATH, and what was fetched.
 *
 * @param isFetching whether what is not here is installed from npm, into node_modules/.cache
 * @returns they, this Node first, and the names of those that are missing
 */
export function runtimes(isFetching: boolean): { found: Runtime[]; missing: string[] } {
  const found: Runtime[] = [{ title: `Node ${process.versions.node}`, command: [process.execPath] }]
  const missing: string[] = []
  for (const kind of kinds) {
    if (process.version.startsWith(`v${kind.name.replace('node-', '')}.`)) continue
    const program = fetched(kind, isFetching)
    const version = versionOf(program) ?? (kind.name.startsWith('node-') ? null : versionOf(kind.name))
    if (version === null) missing.push(kind.name)
    else
      found.push({
        title: `${titleOf(kind.name)} ${version}`,
        command: [versionOf(program) === null ? kind.name : program, ...kind.flags],
      })
  }
  return { found, missing }
}

function titleOf(name: string): string {
  const [word = ''] = name.split('-')
  return `${word[0]?.toUpperCase()}${word.slice(1)}`
}

/** Where scripts/nodes.js puts Nodes too. */
function fetched({ name, pack, program }: Kind, isFetching: boolean): string {
  const folder = fileURLToPath(new URL(`../node_modules/.cache/${name}`, import.meta.url))
  const path = `${folder}/node_modules/${program}`
  if (existsSync(path) || !isFetching) return path
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, '{ "private": true }\n')
  // Bun and Deno each put the program of this system in place by a script of theirs.
  spawnSync('npm', ['install', '--no-save', '--no-fund', '--no-audit', pack], {
    cwd: folder,
    stdio: 'ignore',
    shell: isWindows,
  })
  return path
}

/** `2.9.6`; null where there is no such program. */
function versionOf(program: string): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? null) : null
}
