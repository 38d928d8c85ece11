import { compilePattern, type Matcher } from './names/pattern.ts'

/** What a person can say of tensors: what kind they are, or whether they train. */
export const sayings = ['buffer', 'parameter', 'frozen', 'trainable'] as const
export type Saying = (typeof sayings)[number]

/** What a person says of the tensors whose name fits a pattern, because the file cannot. */
export interface Statement {
  readonly says: Saying
  readonly matches: Matcher
  /** Where it is said, for the reason: `--buffer '**.anchors'`, `kinds.buffer of sdinspect.yaml`. */
  readonly by: string
  /** It is said of this one checkpoint, and so has to fit something in it. */
  readonly mustFit: boolean
}

/** One entry of a live model, as a manifest describes it. */
export interface ManifestEntry {
  readonly shape: readonly number[]
  readonly kind?: 'parameter' | 'buffer' | 'other'
  readonly requiresGrad?: boolean
}

/** What a manifest says of the model whose weights a file has. */
export interface Manifest {
  /** How reasons and findings name it: its file. */
  readonly by: string
  /** By dotted name. */
  readonly entries: ReadonlyMap<string, ManifestEntry>
}

/** Everything that a person says of one checkpoint. */
export interface Said {
  /** Weakest first: of two that fit a tensor and are about the same question, the later counts. */
  readonly statements: readonly Statement[]
  readonly manifest: Manifest | null
}

export const nothingSaid: Said = { statements: [], manifest: null }

/** Patterns by what is said of the tensors that fit. */
export type Patterns = { readonly [S in Saying]?: readonly string[] | undefined }

/**
 * The statements that patterns make. Exceptions are said plainly: `parameter` wins over `buffer`, and `trainable` over
 * `frozen`, as in PyTorch one freezes all and then lets the head train.
 *
 * @param by how a pattern is named in reasons
 * @throws SdinspectError `usage/pattern`
 */
export function statementsOf(
  patterns: Patterns,
  by: (says: Saying, pattern: string) => string,
  {
    mustFit,
    compile = (text) => compilePattern(text),
  }: { mustFit: boolean; compile?: (text: string, says: Saying, at: number) => Matcher },
): readonly Statement[] {
  return sayings.flatMap((says) =>
    (patterns[says] ?? []).map((pattern, at) => ({
      says,
      matches: compile(pattern, says, at),
      by: by(says, pattern),
      mustFit,
    })),
  )
}

/** What a person says of a checkpoint, as options of the library. Patterns are globs over dotted names. */
export interface SaidOptions {
  /** Parameters that do not train. */
  readonly frozen?: readonly string[] | undefined
  /** Parameters that train, whatever `frozen` says. */
  readonly trainable?: readonly string[] | undefined
  readonly buffer?: readonly string[] | undefined
  /** Tensors that are parameters, whatever `buffer` says. */
  readonly parameter?: readonly string[] | undefined
  /** What the live model says: `readManifest`, `manifestOf`. */
  readonly manifest?: Manifest | null | undefined
  /** What is said elsewhere, as in a policy; the patterns win over it. */
  readonly statements?: readonly Statement[] | undefined
}

/** What options say. @throws SdinspectError `usage/pattern` */
export function saidOf(options: SaidOptions): Said {
  const { statements = [], manifest = null } = options
  const own = statementsOf(options, (says, pattern) => `--${says} ${JSON.stringify(pattern)}`, {
    mustFit: true,
  })
  return { statements: [...statements, ...own], manifest }
}
