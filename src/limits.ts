import { SdinspectError } from './errors.ts'

/**
 * Every safety limit, with its reason. A caller may change any (`--limit NAME=VALUE`); a limit that is
 * reached is an error that names it (`limit/exceeded`, exit code 2: no verdict).
 */
export const defaultLimits = {
  /** Bytes of a safetensors JSON header. The reference implementation has the same number. */
  headerBytes: 100_000_000,
  /** Bytes of a JSON state dict (nested lists are read whole). 1 GiB of text. */
  jsonBytes: 1_073_741_824,
  /** Bytes of a `*.index.json`. The largest seen in the wild is about 60 MB (497,000 tensors). */
  indexBytes: 250_000_000,
  /** Bytes of a lock file. A lock of half a million tensors that do not fold is as large. */
  lockBytes: 67_108_864,
  /** Tensors that a lock names, its sets of numbers counted out. The largest model published has half a million. */
  lockTensors: 1_000_000,
  /** Bytes of a config.json or adapter_config.json. Larger ones are passed over with a finding. */
  configBytes: 10_000_000,
  /** Bytes of one file of a tokenizer. The largest published has 33 MB (Gemma 3). */
  tokenizerBytes: 134_217_728,
  /** Nesting of JSON. Real headers nest 3 deep, serde_json stops at 128. */
  jsonDepth: 64,
  /** Members of the objects and lists that are kept of one JSON document. An index of 500,000 tensors has as many. */
  jsonValues: 5_000_000,
  /** Digits of an integer in JSON. Python's int() stops at 4,300 too. */
  integerDigits: 4_300,
  /** Bytes of one tensor name or metadata key. */
  nameBytes: 1_048_576,
  /**
   * Names, keys and paths of more than 16,383 characters in one file. V8 hashes those by their length alone, so a Map of
   * them is searched one by one.
   */
  longNames: 1_000,
  /** Dimensions of a tensor. torch and NumPy stop at 64. */
  dimensions: 1_000,
  /** Tensors in one file. The largest models published have half a million in all their files together. */
  tensors: 1_000_000,
  /** Keys of a file's own metadata. torchao writes one a tensor. */
  metadataEntries: 1_000_000,
  /** Tensors in one checkpoint of many files. */
  checkpointTensors: 10_000_000,
  /** Modules that the names of a state dict make. A million tensors in a module each make little more than a million. */
  treeModules: 1_500_000,
  /** Files an index may name. */
  shards: 10_000,
  /** Folders looked through for checkpoints or for a file pattern. */
  folders: 10_000,
  /** Folders below one that is looked through whole. A repository in the Hub's cache has four. */
  folderDepth: 16,
  /** Files in all folders that are looked through whole. Each is opened. */
  folderFiles: 100_000,
  /** Bytes of one string in the metadata of a GGUF file. Chat templates are the longest. */
  ggufStringBytes: 67_108_864,
  /** Entries of a zip archive. */
  zipEntries: 200_000,
  /** Bytes of a zip central directory. */
  zipDirectoryBytes: 67_108_864,
  /** Bytes of one entry name of a zip archive. */
  zipNameBytes: 4_096,
  /** Times a compressed entry may grow. Deflate can reach 1,032; a pickle or source text stays below 50. */
  zipExpansion: 200,
  /** Bytes of one zip entry that is read whole: an archive's JSON, source text or nested file. */
  zipEntryBytes: 268_435_456,
  /** Bytes of a pickle stream (data.pkl). */
  pickleBytes: 268_435_456,
  /** Opcodes of a pickle stream. */
  pickleOpcodes: 10_000_000,
  /** Values on the pickle machine's stack. */
  pickleStack: 1_000_000,
  /** Dicts of a pickle. An optimizer keeps one for each parameter; each takes about a kilobyte here. */
  pickleDicts: 500_000,
  /** Entries of the pickle memo. */
  pickleMemo: 10_000_000,
  /** Bytes of one pickled integer. */
  pickleIntegerBytes: 1_024,
  /** Bytes of one pickled string. */
  pickleStringBytes: 16_777_216,
  /** Containers inside containers of a pickle. Python's own pickle stops at about 1,000 when it writes them. */
  pickleDepth: 1_000,
  /** Modules inside modules of a pickled model. Python's own pickle stops at about 300. */
  moduleDepth: 512,
  /** Modules of a pickled model, a shared one once for each of its paths. */
  modules: 500_000,
  /**
   * Bytes of values that are gathered at once where they are not row by row: a view across its storage is read in
   * boxes of this size, and the whole of its storage once for each.
   */
  viewBytes: 67_108_864,
  /** Bytes of a file that is fetched whole, from a server that gives no ranges of it. */
  downloadBytes: 67_108_864,
  /** Bytes of a tensor whose values are looked at where nothing else tells parameter from buffer. Most tables have less. */
  evidenceValueBytes: 65_536,
  /** Bytes of all of them together, in one checkpoint. */
  evidenceValueBytesInAll: 4_194_304,
  /** Files of one model of the Hub. The largest have 100,000. */
  hubFiles: 1_000_000,
  /** Bytes of each tensor that `check --sample` reads. */
  sampleBytes: 1_048_576,
  /** Bytes of values that are fetched from a server without `--yes`. Bytes of headers are not counted. */
  remoteValueBytes: 1_073_741_824,
  /** Steps that matching the patterns of a policy takes, over all names. A thousand patterns over a million names take 10^9 and more. */
  patternSteps: 5_000_000_000,
  /** Bytes read from standard input. */
  stdinBytes: 1_073_741_824,
} as const satisfies Record<string, number>

/** From this length on a string has V8's hash of its length. */
const longName = 16_384

/** Counts the long ones among strings that become keys of Maps. */
export class LongNames {
  private count = 0
  private readonly limits: Limits

  constructor(limits: Limits) {
    this.limits = limits
  }

  take(length: number): void {
    if (length < longName) return
    this.count++
    withinLimit(
      this.limits,
      'longNames',
      this.count,
      `the number of names of over ${longName - 1} characters`,
    )
  }
}

export type LimitName = keyof typeof defaultLimits
export type Limits = Readonly<Record<LimitName, number>>

/** Refuses `value` when it is over the limit. `what` starts the message: "the header". */
export function withinLimit(
  limits: Limits,
  name: LimitName,
  value: number,
  what: string,
  offset?: number,
): void {
  if (value <= limits[name]) return
  throw new SdinspectError('limit/exceeded', `${what} is ${value}, over the limit ${name}=${limits[name]}`, {
    offset,
    hint: `raise it with --limit ${name}=${value} if you trust the file`,
  })
}
