import { entry } from './entry.ts'
import { shortened } from './shortened.ts'

/** One that is known to be dangerous, those that are not told one by one, or all others that are no plain weights. */
type Imports =
  | { what: 'dangerous'; name: string; place: string }
  | { what: 'more'; names: readonly string[] }
  /** `told`: the call without which torch does not load the file; null where there is none that helps. */
  | { what: 'other'; names: readonly string[]; places: readonly string[]; told: string | null }

/** What a model runs beside its pickles: in the configuration of Keras or transformers, in the code of TorchScript, or compiled. */
type ModelCode = {
  readonly what: 'compiled' | 'named' | 'wrapper' | 'script' | 'own' | 'library' | 'kernel' | 'unasked'
  /** Of layers, functions, libraries, or calls with the member they are in. */
  readonly names: readonly string[]
  /** Of code that older versions of a library run whenever they load the folder. */
  readonly library?: string
}

/** Names in the finding about all other classes. */
const shownNames = 6
/** The same at a glance. */
const briefNames = 2

export const securityFindings = {
  'security/pickle-globals': entry({
    level: 'error',
    message: (imports: Imports) => {
      if (imports.what === 'dangerous')
        return `imports ${shortened(imports.name)}, which can run code or reach the system when the file is loaded (${imports.place})`
      const { names } = imports
      if (imports.what === 'more')
        return `imports ${names.length} more functions that can run code or reach the system`
      return notPlainWeights(
        names,
        names.slice(0, shownNames).map((name, i) => `${shortened(name)} (${imports.places[i]})`),
      )
    },
    brief: (imports) =>
      imports.what !== 'other' || imports.names.length <= briefNames
        ? null
        : {
            message: notPlainWeights(imports.names, imports.names.slice(0, briefNames).map(shortened)),
            fix: `load it only if you trust it; sdinspect check lists all${imports.told === null ? '' : ', and what weights_only=True needs'}`,
          },
    levelOf: ({ what }) => (what === 'other' ? 'warning' : 'error'),
    fixOf,
    about: ['file'],
    measures: ['place', 'places', 'told'],
  }),
  'security/model-code': entry({
    level: 'error',
    message: ({ what, names, library }: ModelCode) => {
      const shown = names.slice(0, shownNames).map((name) => shortened(name === '' ? 'the model' : name))
      const list = `${shown.join(', ')}${names.length > shownNames ? `, and ${names.length - shownNames} more` : ''}`
      if (what === 'compiled')
        return `holds compiled Python code (${list}), which Keras runs: of .h5 whenever it is loaded, of .keras with safe_mode=False`
      if (what === 'named')
        return `its configuration names ${list}, which can run code or reach the system when Keras builds the model`
      if (what === 'wrapper') return `its configuration has ${list} when Keras builds the model`
      if (what === 'library') return `holds compiled code (${list}), which runs when the package is loaded`
      if (what === 'own')
        return `names code that is not in transformers (${list}): whoever loads it with trust_remote_code=True runs it`
      if (what === 'kernel')
        return `names kernels of another repository (${list}): older versions of transformers fetch and run them, later ones with allow_all_kernels=True`
      if (what === 'unasked')
        return `has code of its own (${list}): older versions of ${library} run it when the folder is loaded, later ones with trust_remote_code=True`
      return `its code calls ${list}: whoever runs the module reads or writes files`
    },
    // How many models of the Hub are made: it runs only where somebody says so.
    levelOf: ({ what }) =>
      what === 'own' ? 'info' : what === 'kernel' || what === 'unasked' ? 'warning' : 'error',
    about: ['file'],
  }),
}

function notPlainWeights(names: readonly string[], shown: readonly string[]): string {
  const rest = names.length - shown.length
  const of = names.length === 1 ? 'class or function' : 'classes or functions'
  return `not plain weights: loading runs code of ${names.length} ${of}: ${shown.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`
}

function fixOf(imports: Imports): string | null {
  if (imports.what === 'more') return null
  if (imports.what === 'dangerous')
    return 'do not load the file with pickle or with torch.load(weights_only=False)'
  const needs = imports.told === null ? '' : `; weights_only=True needs ${imports.told}`
  return `load it only if you trust the file, or ask its author for a state dict${needs}`
}
