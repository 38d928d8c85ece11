import type { EvidenceSource } from './source.ts'

/** Class names that the file itself gives its modules: pickled modules, TorchScript, export graphs. */
export const moduleClasses: EvidenceSource = {
  id: 'module-classes',
  title: 'The file names the class',
  collect({ stateDict, tree }, claims) {
    const classes = stateDict.facts.moduleClasses
    if (classes === undefined) return
    for (let index = 0; index < tree.size; index++) {
      const name = classes.get(tree.path(index))
      if (name !== undefined) claims.module({ index }, [name], '', 'declared')
    }
  },
}
