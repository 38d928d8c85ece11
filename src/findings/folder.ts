import { entry } from './entry.ts'
import { counted, nameList } from './name-list.ts'

export const folderFindings = {
  'folder/second-save': entry({
    level: 'info',
    message: ({ loaded, loader, same }: SecondSave) =>
      `${loader} loads ${loaded}, and not this; ${sameAs[same]}`,
    fixOf: 'keep one of the two: sdinspect digest says whether their values are the same',
    about: ['file'],
  }),
  'folder/stale-save': entry({
    level: 'warning',
    message: (args: StaleSave) => {
      const { loaded, loader, onlyHere, onlyThere, reshaped, elements } = args
      const said = [
        onlyHere.length === 0 ? '' : `only here ${nameList(onlyHere)}`,
        onlyThere.length === 0 ? '' : `only there ${nameList(onlyThere)}`,
        reshaped.length === 0
          ? ''
          : `${counted(reshaped, 'a tensor has', 'tensors have')} another shape: ${nameList(reshaped)}`,
        elements === null
          ? ''
          : `${elements[0].toLocaleString('en')} parameters here, ${elements[1].toLocaleString('en')} there`,
      ].filter((text) => text !== '')
      return `${loader} loads ${loaded}, and not this, which is of another save: ${said.join('; ')}`
    },
    fixOf: 'delete the one that is of an older save, or keep it in a folder of its own',
    about: ['file'],
  }),
}

/** How far two saves were found to be the same. */
const sameAs = {
  tensors: 'by their names, shapes and types both hold the same tensors, whose values were not compared',
  shapes: 'by their names and shapes both hold the same tensors, in other types',
  size: 'both have the same number of parameters, under names of two schemes',
}

type SecondSave = {
  /** The file that is loaded by default. */
  loaded: string
  /** The library whose default it is. */
  loader: string
  same: keyof typeof sameAs
}

type StaleSave = Pick<SecondSave, 'loaded' | 'loader'> & {
  onlyHere: readonly string[]
  onlyThere: readonly string[]
  reshaped: readonly string[]
  /** Of parameters, here and there, where names cannot be compared. */
  elements: readonly [number, number] | null
}
