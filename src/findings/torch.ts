import { quoted } from '../errors.ts'
import { entry } from './entry.ts'
import { counted, nameList } from './name-list.ts'

/** Where tensors are in what was saved. */
type Paths = { paths: readonly string[] }

/** The first steps of a pickle that are not followed, where they are, and how many there are in all. */
type Unfollowed = { steps: readonly string[]; places: readonly string[]; count: number }

/** Bytes that no reader reads, and where they begin. */
type Trailing = { bytes: number; end: number }

export const torchFindings = {
  'torch/key-type': entry({
    level: 'warning',
    message: ({ path }: { path: string }) =>
      `${path === '' ? 'the state dict' : `the state dict at ${path}`} has keys that are no strings`,
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
  'torch/no-version': entry({
    level: 'warning',
    message: () => 'the archive has no entry "version", and torch refuses one without',
    about: ['file'],
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
      `the pickle builds ${counted(paths, 'a tensor', 'tensors')} that no state dict lists, at ${nameList(paths)}`,
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
