import { type PickleDocument, readPickle } from '../../../codec/pickle.ts'
import {
  computedName,
  type PickleImport,
  type PickleValue,
  registryModule,
} from '../../../codec/pickle-value.ts'
import type { Limits } from '../../../limits.ts'
import type { PickledImport } from '../../../model/checkpoint.ts'
import { dtypeOfTorch } from '../../../model/dtype.ts'
import { allParts, isContainer, joined } from '../objects/object-walk.ts'
import { bytesOf, globalOf, isCall, qualified } from '../objects/objects.ts'
import { storageElementType, tensorClassElementType } from '../rebuild/storage-class.ts'

// What torch.load(weights_only=True) resolves without being told to: torch/_weights_only_unpickler.py,
// _get_allowed_globals. Everything else runs code of the module it names.

const allowed = new Set([
  'collections.OrderedDict',
  'collections.Counter',
  'torch.nn.parameter.Parameter',
  'torch.nn.Parameter',
  'torch.serialization._get_layout',
  'torch.Size',
  'torch.Tensor',
  'torch.device',
  '_codecs.encode',
  'builtins.bytearray',
  'builtins.set',
  'builtins.complex',
  '__builtin__.bytearray',
  '__builtin__.set',
  '__builtin__.complex',
  'torch._tensor._rebuild_from_type_v2',
  'torch.tensor._rebuild_from_type_v2',
  ...[
    '_rebuild_parameter',
    '_rebuild_parameter_with_state',
    '_rebuild_tensor',
    '_rebuild_tensor_v2',
    '_rebuild_tensor_v3',
    '_rebuild_sparse_tensor',
    '_rebuild_meta_tensor_no_storage',
    '_rebuild_nested_tensor',
    '_rebuild_wrapper_subclass',
    '_rebuild_qtensor',
    '_rebuild_device_tensor_from_numpy',
    '_rebuild_device_tensor_from_cpu_tensor',
    '_rebuild_sparse_csr_tensor',
  ].map((name) => `torch._utils.${name}`),
])

const schemes =
  /^torch\.(per_tensor_affine|per_channel_affine|per_tensor_symmetric|per_channel_symmetric|per_channel_affine_float_qparams)$/
const smallIntegers = /^torch\.u?int[1-7]$/

/** Whether `torch.load(weights_only=True)` takes it without being told to. */
function isAllowedImport(imported: { readonly module: string; readonly name: string }): boolean {
  const global = { kind: 'global', offset: 0, ...imported } as const
  const name = qualified(global)
  return (
    allowed.has(name) ||
    storageElementType(global) !== undefined ||
    tensorClassElementType(global) !== undefined ||
    (imported.module === 'torch' && dtypeOfTorch(imported.name) !== undefined) ||
    schemes.test(name) ||
    smallIntegers.test(name)
  )
}

// Modules that reach the system or run code by what they are for. Not a list of all there are: an import that
// is on neither list is shown as well.
const dangerousModules = new Set(
  `os posix nt sys subprocess pty socket shutil importlib runpy ctypes code codeop pdb bdb webbrowser commands
  multiprocessing signal builtins __builtin__ pickle _pickle cPickle dill cloudpickle joblib marshal shelve pkgutil
  pip ensurepip venv asyncio http urllib urllib2 requests httpx aiohttp ftplib smtplib telnetlib platform
  cProfile profile timeit trace doctest tempfile threading _thread concurrent distutils setuptools io _io
  operator _operator nntplib poplib imaplib xmlrpc ssl select fcntl resource gc inspect types site sysconfig
  antigravity this idlelib lib2to3 linecache fileinput glob zipimport zipfile tarfile`.split(/\s+/),
)
/** What these modules have that is plain data. */
const harmless = new Set([
  ...`set frozenset bytearray complex object slice range xrange dict list tuple int float str bytes bool type long
    unicode Ellipsis NotImplemented property staticmethod classmethod`
    .split(/\s+/)
    .flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
  'types.SimpleNamespace',
  'operator.add',
])
const dangerousNames =
  /^(torch\.(load|hub\..*|compile|jit\..*|serialization\.(load|_load|_legacy_load)|_inductor\..*|utils\..*\b(load|run|exec)\b.*|distributed\.rpc\..*)|numpy\.(load|f2py\..*|testing\..*\.(runstring|rundocs)|distutils\..*)|functools\.(partial|reduce)|pandas\.(read_pickle|eval)|copyreg\.(add_extension|dispatch_table))$/

/** Whether an import is known to reach the system or to run code it is given. */
function isDangerousImport(imported: { readonly module: string; readonly name: string }): boolean {
  if (
    imported.module === computedName ||
    imported.name === computedName ||
    imported.module === registryModule
  )
    return true
  const name = `${imported.module}.${imported.name}`
  // No Python name has such characters: it is written so to get past who reads names.
  if (!/^[\p{L}\p{N}_.<>]+$/u.test(name)) return true
  if (harmless.has(name)) return false
  if (dangerousNames.test(name)) return true
  const segments = name.split('.')
  if (dangerousModules.has(segments[0] as string)) return true
  return segments
    .slice(1, -1)
    .some((segment) => ['os', 'sys', 'subprocess', 'builtins', 'posix', 'nt'].includes(segment))
}

const nesting = 4
/** Imports beyond this many are listed without their key. */
const mostPaths = 1_000
/** A path longer than this is not made longer: a pickle can be nested 100,000 deep. */
const longestPath = 400

/**
 * Every import of a pickle and of the pickles that are in the arguments of its calls, with the key where each
 * one that is not plain weights is first used.
 */
export function importsOf(document: PickleDocument, limits: Limits, within: string): PickledImport[] {
  const found = document.imports.map((imported) => ({ ...imported, within }))
  const paths = keyPaths(document)
  const result = found.map((imported) =>
    report(imported, within, paths.get(`${imported.module}\n${imported.name}`)),
  )
  if (document.value !== undefined) {
    for (const bytes of nestedBytes(document.value)) {
      let streams: Uint8Array[] = [bytes]
      for (let depth = 1; depth <= nesting && streams.length > 0; depth++) {
        const next: Uint8Array[] = []
        for (const stream of streams) {
          const inner = readPickle(stream, limits, `the pickle inside ${within}`)
          for (const imported of inner.imports)
            result.push(report(imported, `a pickle inside ${within}`, undefined))
          if (inner.value !== undefined) next.push(...nestedBytes(inner.value))
        }
        streams = next
      }
    }
  }
  return result
}

function report(imported: PickleImport, within: string, keyPath: string | undefined): PickledImport {
  const name = `${imported.module}.${imported.name}`
  return {
    name,
    within,
    offset: imported.offset,
    count: imported.count,
    keyPath: keyPath ?? null,
    allowed: isAllowedImport(imported),
    dangerous: !isAllowedImport(imported) && isDangerousImport(imported),
  }
}

/** By `module\nname`: the dotted path of the first value that uses it. Walks only if something is not allowed. */
function keyPaths({ value, imports }: PickleDocument): Map<string, string> {
  const paths = new Map<string, string>()
  const wanted = new Set(
    imports.filter((imported) => !isAllowedImport(imported)).map(({ module, name }) => `${module}\n${name}`),
  )
  if (value === undefined || wanted.size === 0) return paths
  const found = Math.min(wanted.size, mostPaths)
  const seen = new Set<PickleValue>()
  const pending: { value: PickleValue; path: string }[] = [{ value, path: '' }]
  for (let step = pending.pop(); step !== undefined && paths.size < found; step = pending.pop()) {
    const global = globalOf(step.value)
    if (global !== undefined) {
      const key = `${global.module}\n${global.name}`
      if (wanted.has(key) && !paths.has(key)) paths.set(key, step.path === '' ? '(file)' : step.path)
      continue
    }
    if (!isContainer(step.value) || seen.has(step.value)) continue
    seen.add(step.value)
    const inner = allParts(step.value)
    for (let i = inner.length - 1; i >= 0; i--) {
      const [key, part] = inner[i] as readonly [string, PickleValue]
      const path = key === '' || step.path.length > longestPath ? step.path : joined(step.path, key)
      pending.push({ value: part, path })
    }
  }
  return paths
}

/** Bytes handed to calls of what is not allowed: `pickle.loads(bytes)` is a pickle in a pickle. */
function nestedBytes(root: PickleValue): Uint8Array[] {
  const found: Uint8Array[] = []
  const seen = new Set<PickleValue>()
  const taken = new Set<PickleValue>()
  const pending: PickleValue[] = [root]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (!isContainer(value) || seen.has(value)) continue
    seen.add(value)
    if (isCall(value)) {
      const callee = globalOf(value.callee)
      if (callee !== undefined && !isAllowedImport(callee))
        for (const arg of value.args) {
          if (taken.has(arg)) continue
          taken.add(arg)
          const bytes = bytesOf(arg) ?? oldBytes(arg)
          if (bytes !== undefined && bytes.length > 1) found.push(bytes)
        }
    }
    for (const [, part] of allParts(value)) pending.push(part)
  }
  return found
}

/** Python 2 wrote bytes as strings. */
function oldBytes(value: PickleValue): Uint8Array | undefined {
  return typeof value === 'string' ? Uint8Array.from(value, (char) => char.charCodeAt(0)) : undefined
}
