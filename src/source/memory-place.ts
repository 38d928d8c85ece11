import { SdinspectError } from '../errors.ts'
import { nearest } from '../model/names/edit-distance.ts'
import { naturalCompare } from '../model/names/natural-order.ts'
import { blobSource } from './blob.ts'
import { containedName } from './contained-name.ts'
import { memorySource } from './memory.ts'
import type { Place } from './source.ts'

/** A folder in memory: relative names, sub-folders split by `/`, to bytes. For web pages and tests. */
export function memoryPlace(files: ReadonlyMap<string, Uint8Array | Blob>, name = '(memory)'): Place {
  return {
    name,
    async list() {
      return [...files.keys()].filter((file) => !file.includes('/')).sort(naturalCompare)
    },
    async folders() {
      const names = new Set<string>()
      for (const file of files.keys()) {
        const slash = file.indexOf('/')
        if (slash > 0) names.add(file.slice(0, slash))
      }
      return [...names].sort(naturalCompare)
    },
    folder(folderName) {
      const prefix = `${containedName(folderName).join('/')}/`
      const inside = new Map<string, Uint8Array | Blob>()
      for (const [file, bytes] of files) {
        if (file.startsWith(prefix)) inside.set(file.slice(prefix.length), bytes)
      }
      return memoryPlace(inside, `${name}/${folderName}`)
    },
    async open(fileName) {
      const found = files.get(containedName(fileName).join('/'))
      const path = `${name}/${fileName}`
      if (found === undefined) throw missingFile(path, fileName, files)
      return found instanceof Uint8Array ? memorySource(found, path) : blobSource(found, path)
    },
  }
}

/** More names than this are not looked through for one that was missed: thousands may be. */
const likelyNames = 1_000

/** The error for a name that the folder does not have, with the one that was probably meant. */
export function missingFile(path: string, name: string, files: ReadonlyMap<string, unknown>): SdinspectError {
  const near = files.size > likelyNames ? undefined : nearest(name, files.keys())
  return new SdinspectError('source/not-found', 'the file does not exist', {
    file: path,
    hint: near === undefined ? undefined : `there is ${JSON.stringify(near)}`,
  })
}
