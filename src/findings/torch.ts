import { quoted } from '../errors.ts'
import { entry } from './entry.ts'
import { counted, nameList } from './name-list.ts'

/** Where tensors are in what was saved. */
type Paths = { paths: readonly string[] }

/** The first steps of a pickle that are not followed, where they are, and how many there are in all. */
type Unfollowed = { steps: readonly string[]; places: readonly string[]; count: number }

/** Bytes that no reader reads, and where they begin. */
type Trailing = { bytes: number; end: number }

/** What torch.load fails on, whatever it is told. */
type Refused =
  | { why: 'no-version' }
  | { why: 'version' | 'alignment'; said: string }
  | { why: 'untyped'; storages: number }
  /** Of the persistent id of a storage. */
  | { why: 'items'; items: number; expected: number }

/** The first place that torch does not know, how many storages are there, and how many such places there are. */
type Location = { location: string; storages: number; locations: number; isOfPackage: boolean }

export const torchFindings = {
  'torch/device': entry({
    level: 'info',
    message: ({ devices }: { devices: readonly string[] }) =>
      `the tensors were on ${nameList(devices)}: torch.load fails where there is no such device, unless map_location says another`,
    about: ['file'],
  }),
  'torch/key-type': entry({
    level: 'warning',
    message: ({ path }: { path: string }) =>
      `${path === '' ? 'the state dict' : `the state dict at ${path}`} has keys that are no strings`,
  }),
  'torch/location': entry({
    level: 'error',
    message: ({ location, storages, locations, isOfPackage }: Location) => {
      const whose = `${storages === 1 ? 'a storage is' : `${storages} storages are`} of ${quoted(location)}`
      const what = isOfPackage ? 'a device that another package brings' : 'no place that torch knows'
      const more = locations > 1 ? `, and there are ${locations - 1} more such places` : ''
      return `${whose}, ${what}${more}: torch.load needs map_location="cpu"`
    },
    levelOf: ({ isOfPackage }) => (isOfPackage ? 'info' : 'error'),
    about: ['file'],
    measures: ['storages'],
  }),
  'torch/module-attributes': entry({
    level: 'info',
    message: ({ paths }: Paths) =>
      `${counted(paths, 'a tensor is a plain attribute', 'tensors are plain attributes')} of modules, neither parameters nor buffers, which torch.nn.Module.state_dict() leaves out: ${nameList(paths)}`,
  }),
  'torch/no-tensors': entry({
    level: 'warning',
    message: () => 'the file holds no tensors',
  }),
  'torch/old-text': entry({
    level: 'error',
    message: ({ texts, place }: { texts: number; place: string }) =>
      `${texts === 1 ? 'a text of Python 2 is' : `${texts} texts of Python 2 are`} not UTF-8 (${place}): torch.load needs encoding="latin1"`,
    about: ['file'],
    measures: ['place'],
  }),
  'torch/oversized-storage': entry({
    level: 'info',
    message: ({ unused, bytes }: { unused: number; bytes: number }, { tensor }) =>
      `${unused} bytes are stored beside the values of any tensor: tensors are views of larger storages, ` +
      `most of all ${tensor.slice(0, 200)}, whose storage has ${bytes} bytes`,
    fixOf: 'clone() a tensor that is a part of another before saving it',
    about: ['tensor'],
    measures: ['unused', 'bytes'],
  }),
  'torch/pickle-protocol': entry({
    level: 'warning',
    message: ({ protocol }: { protocol: number }) =>
      `data.pkl says protocol ${protocol}, and the last one known is 5`,
    about: ['file'],
  }),
  'torch/pickle-trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes, end }: Trailing) =>
      `data.pkl has ${bytes} bytes after its end at ${end}, which torch does not read`,
    about: ['file'],
    measures: ['end'],
  }),
  'torch/refused': entry({
    level: 'error',
    message: (args: Refused) => {
      switch (args.why) {
        case 'no-version':
          return 'torch does not load the file: the archive has no entry "version"'
        case 'version':
          return `torch does not load the file: its version is ${quoted(args.said)}, and versions 1 to 10 are read`
        case 'alignment':
          return `torch does not load the file: .storage_alignment is ${quoted(args.said)}, expected a number`
        case 'items':
          return `torch does not load the file: a storage is named by ${args.items} items, expected ${args.expected}`
        case 'untyped':
          return `torch does not load the file: ${args.storages === 1 ? 'a storage is' : `${args.storages} storages are`} untyped, as for float8, which its reader of files like those before 1.6 cannot read`
      }
    },
    fixOf: 'save the file again with torch.save, without _use_new_zipfile_serialization=False',
    about: ['file'],
  }),
  'torch/trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes, end }: Trailing) =>
      `${bytes} bytes follow the last storage, which ends at ${end}, and belong to nothing in the file`,
    about: ['file'],
    measures: ['end'],
  }),
  'torch/unfollowed': entry({
    level: 'error',
    message: ({ steps, places, count }: Unfollowed) => {
      const named = steps.map((step, i) => `${step} (${places[i]})`).join(', ')
      const rest = count - steps.length
      return `torch may load other tensors than are shown: ${named}${rest > 0 ? `, and ${rest} more` : ''}`
    },
    fixOf: 'load the file in a sandbox with torch.load(weights_only=True) and save what comes out again',
    about: ['file'],
    measures: ['places'],
  }),
  'torch/unlisted-tensors': entry({
    level: 'warning',
    message: ({ paths }: Paths) =>
      `the pickle builds ${counted(paths, 'a tensor', 'tensors')} that no state dict lists, at ${nameList([...new Set(paths)])}`,
  }),
  'torch/unread-member': entry({
    level: 'error',
    message: ({ member, problem }: { member: string; problem: string }) =>
      `the pickle ${quoted(member)} cannot be read to its end: ${problem}`,
    about: ['file'],
  }),
  'torch/unread-tensors': entry({
    level: 'warning',
    message: ({ names, first }: { names: readonly string[]; first: string }) =>
      `${counted(names, 'an entry is a tensor', 'entries are tensors')} that cannot be read, and in no count: ${nameList(names)}; the first is ${first}`,
  }),
  'torch/unused-storage': entry({
    level: 'info',
    message: ({ count, bytes }: { count: number; bytes: number }) =>
      `${count} ${count === 1 ? 'storage' : 'storages'} of ${bytes} bytes ${count === 1 ? 'belongs' : 'belong'} to no listed tensor`,
    about: ['file'],
    measures: ['bytes'],
  }),
  'torch-distributed/chunks': entry({
    level: 'error',
    message: ({ problem }: { problem: string }) => problem,
    about: ['file'],
  }),
  'torch-distributed/missing-file': entry({
    level: 'error',
    message: ({ problem }: { problem: string }) => `.metadata names it, and it cannot be read: ${problem}`,
    about: ['file'],
  }),
  'torch-distributed/short-file': entry({
    level: 'error',
    message: ({ chunk, end, size }: { chunk: string; end: number; size: number }) =>
      `the chunk of ${quoted(chunk)} ends at ${end}, past the end of the file at ${size}`,
    about: ['file'],
  }),
  'torch-distributed/stray-file': entry({
    level: 'warning',
    message: () => 'is in the folder, and .metadata does not name it: nothing loads it',
    about: ['file'],
  }),
  'torch-distributed/unnamed-bytes': entry({
    level: 'warning',
    message: ({ bytes, at }: { bytes: number; at: number }) =>
      `${bytes} bytes from ${at} belong to nothing that .metadata names: nothing loads them`,
    about: ['file'],
    measures: ['at'],
  }),
  'torch-distributed/wrong-parts': entry({
    level: 'error',
    message: ({ problem, tensors }: { problem: string; tensors: number }, { tensor }) =>
      `the parts of ${quoted(tensor)} do not make a whole: ${problem}` +
      (tensors > 1 ? `; ${tensors} tensors in all` : ''),
    about: ['tensor'],
  }),
  'torchscript/frozen': entry({
    level: 'info',
    message: () =>
      'the module is frozen: its weights are constants of the graph, and which were parameters is not recorded',
    about: ['file'],
  }),
  'pickle/trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes, end }: Trailing) => `${bytes} bytes follow the end of the pickle at ${end}`,
    about: ['file'],
    measures: ['end'],
  }),
}
