import { type PickleDocument, readPickle } from '../../../codec/pickle.ts'
import {
  calledResult,
  computedName,
  type PickleImport,
  type PickleValue,
  registryModule,
} from '../../../codec/pickle-value.ts'
import type { Limits } from '../../../limits.ts'
import type { PickledImport } from '../../../model/checkpoint.ts'
import { dtypeOfTorch } from '../../../model/tensors/dtype.ts'
import { standardLibrary } from '../../standard-library.ts'
import { pythonName } from '../evaluate/callee.ts'
import { allParts, isContainer, joined } from '../objects/object-walk.ts'
import { bytesOf, globalOf } from '../objects/objects.ts'
import { bytesLoader, isBytesLoader, pickledStorage } from '../rebuild/pickled-storage.ts'
import { storageElementType, tensorClassElementType } from '../rebuild/storage-class.ts'
import { harmless } from './harmless.ts'
import { reachesBeyondTensors } from './torch-functions.ts'

// What torch.load(weights_only=True) resolves without being told to: torch/_weights_only_unpickler.py,
// _get_allowed_globals. Everything else runs code of the module it names.

const allowed = new Set([
  'collections.OrderedDict',
  'collections.Counter',
  'torch.nn.parameter.Parameter',
  'torch.serialization._get_layout',
  'torch.Size',
  'torch.Tensor',
  'torch.device',
  '_codecs.encode',
  'builtins.bytearray',
  'builtins.set',
  'builtins.complex',
  'torch._tensor._rebuild_from_type_v2',
  'torch.distributed._mesh_layout._FlatLayout',
  'torch.distributed._mesh_layout._MeshLayout',
  ...[
    '_rebuild_parameter',
    '_rebuild_parameter_with_state',
    '_rebuild_tensor',
    '_rebuild_tensor_v2',
    '_rebuild_tensor_v3',
    '_rebuild_sparse_tensor',
    '_rebuild_meta_tensor_no_storage',
    '_rebuild_wrapper_subclass',
    // Of torch 1.13, which took it without being told.
    '_rebuild_sparse_csr_tensor',
    '_rebuild_qtensor',
    '_rebuild_device_tensor_from_numpy',
    '_rebuild_device_tensor_from_cpu_tensor',
  ].map((name) => `torch._utils.${name}`),
])

const schemes =
  /^torch\.(per_tensor_affine|per_channel_affine|per_tensor_symmetric|per_channel_symmetric|per_channel_affine_float_qparams)$/
const smallIntegers = /^torch\.u?int[1-7]$/
const sparseClasses = /^torch\.(cuda\.)?sparse\.(Byte|Char|Short|Int|Long|Half|BFloat16|Float|Double)Tensor$/

/** Whether `torch.load(weights_only=True)` takes it without being told to. */
function isAllowedImport(imported: { readonly module: string; readonly name: string }): boolean {
  const global = { kind: 'global', offset: 0, ...imported } as const
  const name = pythonName(global)
  return (
    allowed.has(name) ||
    sparseClasses.test(name) ||
    storageElementType(global) !== undefined ||
    tensorClassElementType(global) !== undefined ||
    (imported.module === 'torch' && dtypeOfTorch(imported.name) !== undefined) ||
    schemes.test(name) ||
    smallIntegers.test(name)
  )
}

// Beside Python's own library: packages made to run code, to reach a network or to load pickles, and such parts of
// packages that checkpoints name anyway. Not a list of all there are: what is on neither list is shown as well.
const dangerousParts = new Set(
  `aiohttp cloudpickle dill execnet fabric httpx invoke IPython ipykernel jinja2 joblib paramiko pexpect plumbum
  psutil ptyprocess requests sh trio urllib3
  numpy.load numpy.f2py numpy.testing numpy.distutils numpy.fromfile numpy.memmap numpy.lib.npyio numpy.lib.format
  pandas.eval pandas.read_pickle pandas.io pandas.core.computation
  torch.load torch.hub torch.compile torch.jit torch.serialization.load torch.serialization._load
  torch.serialization._legacy_load torch._inductor torch._dynamo torch.distributed.rpc torch.distributed.run
  torch.package torch.multiprocessing torch.testing torch.fx.experimental.symbolic_shapes
  torch.utils._config_module torch.utils.bottleneck torch.utils.collect_env torch.utils.cpp_extension
  torch.utils.data.datapipes torch.utils.model_zoo`.split(/\s+/),
)
/** Functions that are that in whatever package. */
const dangerousFunctions = new Set(
  `load_library from_file system popen check_output check_call getoutput getstatusoutput exec_module import_module load_module run_path
  run_module runstring runscript execfile run_command eval exec`.split(/\s+/),
)
/** Modules that a module of another package has as attributes: a way around its own name. */
const passages = new Set(
  'os sys subprocess builtins __builtin__ posix nt importlib shutil socket runpy ctypes'.split(' '),
)

/**
 * Whether an import can run code or reach the system: all of Python's own library but what is known to be harmless,
 * and what is known of other packages.
 */
function isDangerousImport(imported: { readonly module: string; readonly name: string }): boolean {
  const { module } = imported
  if (module === computedName || imported.name.includes(computedName)) return true
  if (module === registryModule || module === calledResult) return true
  const name = pythonName(imported)
  // No Python name has such characters: it is written so to get past who reads names.
  if (!/^[\p{L}\p{N}_.<>]+$/u.test(name) || /^\.|\.\.|\.$/.test(name)) return true
  // What getattr fetches is an import of its own, and judged as that.
  if (harmless.has(name) || name === 'builtins.getattr') return false
  const segments = name.split('.')
  if (standardLibrary.has(segments[0] as string)) return true
  if (segments.some((_, i) => dangerousParts.has(segments.slice(0, i + 1).join('.')))) return true
  if (reachesBeyondTensors(name) && !isAllowedImport(imported)) return true
  const last = segments.at(-1) as string
  const depth = module.split('.').length
  const attributes = segments.slice(depth)
  return (
    dangerousFunctions.has(last) ||
    attributes.some((segment) => /^__.*__$/.test(segment) || passages.has(segment)) ||
    attributes.slice(0, -1).some((segment) => standardLibrary.has(segment)) ||
    segments.slice(1, depth).some((segment) => passages.has(segment))
  )
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
    report(imported, within, paths.get(`${imported.module}\n${imported.name}`), document),
  )
  for (let depth = 1, handed = handedBytes(document); depth <= nesting && handed.length > 0; depth++) {
    const next: Uint8Array[] = []
    for (const bytes of handed)
      for (const [inner] of streamsIn(bytes, limits, () => `the pickle inside ${within}`)) {
        for (const imported of inner.imports)
          result.push(report(imported, `a pickle inside ${within}`, undefined, inner))
        for (const bytes of handedBytes(inner)) next.push(bytes)
      }
    handed = next
  }
  return result
}

/** The pickles that bytes are made of, one after the other: torch's own files before 1.6 are five of them. */
function* streamsIn(
  bytes: Uint8Array,
  limits: Limits,
  nameOf: (at: number) => string,
): Generator<readonly [document: PickleDocument, name: string]> {
  for (let at = 0; at < bytes.length; ) {
    const name = nameOf(at)
    const document = readPickle(bytes.subarray(at), limits, name)
    yield [document, name]
    if (document.error !== null) return
    at += document.end
  }
}

/**
 * Every import of pickles that stand one after the other.
 *
 * @param nameOf what messages call the pickle that begins at a byte
 */
export function* importsOfStreams(
  bytes: Uint8Array,
  limits: Limits,
  nameOf: (at: number) => string,
): Generator<PickledImport> {
  for (const [document, name] of streamsIn(bytes, limits, nameOf)) yield* importsOf(document, limits, name)
}

function report(
  imported: PickleImport,
  within: string,
  keyPath: string | undefined,
  document: PickleDocument,
): PickledImport {
  const name = `${imported.module}.${imported.name}`
  const isDangerous =
    pythonName(imported) === bytesLoader ? !loadsStoragesOnly(document) : isDangerousImport(imported)
  return {
    name,
    within,
    offset: imported.offset,
    count: imported.count,
    keyPath: keyPath ?? null,
    allowed: isAllowedImport(imported),
    dangerous: !isAllowedImport(imported) && isDangerous,
  }
}

/** Whether all that `_load_from_bytes` is called with is a storage each: it is torch.load, which unpickles anything. */
function loadsStoragesOnly({ handedBytes: calls }: PickleDocument): boolean {
  const loads = calls.filter(isBytesLoader)
  return loads.length > 0 && loads.every((call) => pickledStorage(call) !== null)
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
function handedBytes({ handedBytes: calls }: PickleDocument): Uint8Array[] {
  const taken = new Set<PickleValue>()
  for (const { callee, args } of calls) {
    const global = globalOf(callee)
    if (global === undefined || !isAllowedImport(global)) for (const arg of args) taken.add(arg)
  }
  return [...taken]
    .map((arg) => bytesOf(arg) ?? oldBytes(arg))
    .filter((bytes) => bytes !== undefined && bytes.length > 1) as Uint8Array[]
}

/** Python 2 wrote bytes as strings. */
function oldBytes(value: PickleValue): Uint8Array | undefined {
  return typeof value === 'string' ? Uint8Array.from(value, (char) => char.charCodeAt(0)) : undefined
}
