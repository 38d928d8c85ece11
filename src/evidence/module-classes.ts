import type { EvidenceSource } from './source.ts'

/** Class names that the file itself gives its modules: pickled modules, TorchScript, export graphs. */
export const moduleClasses: EvidenceSource = {
  id: 'module-classes',
  title: 'The file names the class',
  collect({ stateDict, tree }, claims) {
    const classes = stateDict.facts.moduleClasses
    if (classes === undefined) return
    for (const node of tree.nodes) {
      const name = classes.get(node.path)
      if (name !== undefined) claims.module(node, [name], '', 'declared')
    }
  },
}
