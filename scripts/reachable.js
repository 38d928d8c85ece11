// The files of dist/lib that an entry of the package leads to, by their imports.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** Relative addresses that a module or a declaration names: imports, exports, `import('…')`, workers. */
const addresses = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]|new URL\(\s*['"](\.[^'"]+)['"]/g

/**
 * Removes what none of the entries leads to.
 *
 * @param folder of the library
 * @param entries names of modules in it, without their endings
 * @returns how many files are left
 */
export function keepReachable(folder, entries) {
  const wanted = new Set()
  const open = entries.flatMap((entry) => [join(folder, `${entry}.js`), join(folder, `${entry}.d.ts`)])
  for (const file of open) {
    if (wanted.has(file) || !existsSync(file)) continue
    wanted.add(file)
    for (const [, imported, located] of readFileSync(file, 'utf8').matchAll(addresses)) {
      const target = join(dirname(file), imported ?? located)
      // A declaration names modules by .js or .ts, and means their declarations.
      if (file.endsWith('.d.ts')) open.push(target.replace(/\.[jt]s$/, '.d.ts'))
      else open.push(target)
    }
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || wanted.has(file) || relative(folder, file) === 'package.json') continue
    if (!/\.(js|d\.ts)$/.test(file) || relative(folder, file).split(sep).includes('..')) continue
    rmSync(file)
  }
  return wanted.size
}
