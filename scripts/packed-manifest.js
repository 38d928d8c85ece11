// The package.json of the package without what builds it: npm asks whoever installs a tarball to approve a `prepare`, which
// is not even in it. npm pack packs the file that is there, so it is taken out before (strip) and put back after (restore).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const manifest = fileURLToPath(new URL('../package.json', import.meta.url))
const kept = fileURLToPath(new URL('../node_modules/.cache/package.json.kept', import.meta.url))

/** The text of a package.json without the scripts that npm runs by itself. */
export function withoutLifecycle(text) {
  const { scripts, ...rest } = JSON.parse(text)
  const others = Object.entries(scripts).filter(([name]) => !lifecycle.test(name))
  const entries = Object.entries({ ...rest, scripts: Object.fromEntries(others) })
  const order = Object.keys(JSON.parse(text))
  entries.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

const lifecycle = /^(?:pre|post)?(?:install|pack|publish|prepare)$|^prepublishOnly$|^dependencies$/

const [, script = '', step] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  const now = readFileSync(manifest, 'utf8')
  const earlier = existsSync(kept) ? readFileSync(kept, 'utf8') : null
  // Taken out already, by this run or by one that was ended before it put it back.
  const isStripped = earlier !== null && now === withoutLifecycle(earlier)
  if (step === 'restore') {
    if (isStripped) writeFileSync(manifest, earlier)
    rmSync(kept, { force: true })
  } else if (!isStripped) {
    mkdirSync(dirname(kept), { recursive: true })
    writeFileSync(kept, now)
    writeFileSync(manifest, withoutLifecycle(now))
  }
}
