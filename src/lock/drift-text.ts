import { quoted } from '../errors.ts'
import type { Kind } from '../model/verdict.ts'

type Type = { kind: Kind; dtype: string | null; shape: string }

/** One thing in which a checkpoint, a file of it or a tensor is not as its lock says. */
export type DriftFacts =
  | { what: 'checkpoint' }
  | { what: 'file-missing' | 'file-new'; name: string }
  | { what: 'file-size'; name: string; was: number; is: number }
  | { what: 'file-content'; name: string; was: string; is: string }
  | ({ what: 'missing' | 'new'; harmless: string | null } & Type)
  | { what: 'renamed'; is: string }
  | { what: 'shape'; was: string; is: string; how: string | null }
  | { what: 'dtype'; was: string | null; is: string | null }
  | { what: 'kind'; was: Kind; is: Kind }
  /** Digests; null where there are no values to read. */
  | { what: 'values'; was: string; is: string | null }
  | { what: 'frozen'; is: boolean }
  /** How the values are kept, in words. */
  | { what: 'representation'; was: string; is: string }
  /** What an entry is that is no tensor, in words; null where it is not there. */
  | { what: 'value'; was: string | null; is: string | null }
  /** Names of the tensors it is tied to. */
  | { what: 'tied'; was: string | null; is: string | null }

/** What changed, without the name of the tensor or file. */
export function driftText(drift: DriftFacts): string {
  switch (drift.what) {
    case 'checkpoint':
      return 'the checkpoint is not in the lock'
    case 'file-missing':
      return 'is not there'
    case 'file-new':
      return 'is new'
    case 'file-size':
      return `was ${drift.was} bytes, is ${drift.is}`
    case 'file-content':
      return `has another content: sha256 ${drift.was.slice(0, 12)}…, now ${drift.is.slice(0, 12)}…`
    case 'missing':
    case 'new':
      return `is ${drift.what}: ${typeText(drift)}${drift.harmless === null ? '' : `, ${drift.harmless}`}`
    case 'renamed':
      return `is now called ${quoted(drift.is)}`
    case 'shape':
      return `was [${drift.was}], is [${drift.is}]${drift.how === null ? '' : `, ${drift.how}`}`
    case 'dtype':
      return `was ${drift.was ?? 'of no type'}, is ${drift.is ?? 'of no type'}`
    case 'kind':
      return `was a ${drift.was}, is a ${drift.is}`
    case 'values':
      return drift.is === null ? 'had values, and has none' : 'has other values'
    case 'frozen':
      return drift.is ? 'was not frozen, is frozen' : 'was frozen, is not'
    case 'representation':
      return `was ${drift.was}, is ${drift.is}`
    case 'value':
      if (drift.was === null) return `is new: ${drift.is}, no tensor`
      return drift.is === null ? `is missing: ${drift.was}, no tensor` : `was ${drift.was}, is ${drift.is}`
    case 'tied':
      return `was ${tieText(drift.was)}, is ${tieText(drift.is)}`
  }
}

function typeText({ kind, dtype, shape }: Type): string {
  return `${kind} ${dtype ?? '-'} [${shape}]`
}

function tieText(tie: string | null): string {
  return tie === null ? 'by itself' : `tied to ${quoted(tie)}`
}
