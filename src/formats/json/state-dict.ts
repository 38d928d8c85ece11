import { runOfMember, type Skeleton, type SkeletonMap, type TextRun } from '../../codec/json-skeleton.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Declaration, Facts, Plain, StateDict } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { declaredAliases, withAliases } from '../aliases.ts'
import { isRegistrationOrder } from '../registration-order.ts'
import {
  hasNonfinite,
  isListValue,
  type ListValue,
  listTensor,
  refuseSpelledNumber,
  writtenForm,
} from './list-entry.ts'
import { isManifestEntry, manifestEntry } from './manifest-entry.ts'
import { isMap, isModule, tensorStyle } from './tensor-search.ts'
import { tieTogether } from './ties.ts'
import type { Values } from './values.ts'

/** Where a state dict was found, and what takes what is no tensor of it. */
export interface StateDictPlace {
  readonly path: string
  readonly role: StateDict['role']
  /** The file it is in. */
  readonly file: string
  readonly limits: Limits
  readonly values: Values
  /** Takes the `__metadata__` of a safetensors header. */
  readonly metadata: Map<string, Plain>
  readonly findings: Finding[]
}

/**
 * The state dict that an object of a JSON document is. Objects in it are modules: their names are joined with
 * dots. Tensors are all described or all given as lists, whichever comes; scalars count as tensors among
 * lists.
 *
 * @throws SdinspectError `format/malformed`, with the tensor
 */
export function jsonStateDict(map: SkeletonMap, place: StateDictPlace): StateDict {
  const building = new Building(place, tensorStyle(map) !== 'manifest')
  const open: Iterator<[string, Skeleton]>[] = [map.entries()]
  const maps = [map]
  const prefixes = ['']
  while (open.length > 0) {
    const next = (open[open.length - 1] as Iterator<[string, Skeleton]>).next()
    if (next.done) {
      open.pop()
      maps.pop()
      prefixes.pop()
      continue
    }
    const [key, value] = next.value
    const prefix = prefixes[prefixes.length - 1] as string
    const name = prefix + key
    if (isModule(value)) {
      open.push(value.entries())
      maps.push(value)
      prefixes.push(`${name}.`)
    } else building.add(name, value, runOfMember(maps[maps.length - 1] as SkeletonMap, key))
  }
  return building.stateDict()
}

class Building {
  private readonly tensors: Tensor[] = []
  private readonly names = new Set<string>()
  private readonly declarations = new Map<string, Declaration>()
  private readonly ties = new Map<string, string>()
  private readonly nonPersistent = new Set<string>()
  private readonly integral = new Set<string>()
  private readonly nonfinite: string[] = []
  private hasReals = false
  private hasOffsets = false
  private metadata: ReadonlyMap<string, Plain> = new Map()
  private readonly place: StateDictPlace
  private readonly takesLists: boolean

  constructor(place: StateDictPlace, takesLists: boolean) {
    this.place = place
    this.takesLists = takesLists
  }

  /** @param run where the value is, of a single number */
  add(name: string, value: Skeleton, run: TextRun | undefined): void {
    const { path, values } = this.place
    if (name === '__metadata__' && isMap(value)) this.takeMetadata(value)
    else if (isManifestEntry(value)) this.describe(name, value)
    else if (this.takesLists && isListValue(value)) this.list(name, value, run)
    else {
      if (this.takesLists && typeof value === 'string') refuseSpelledNumber(name, value)
      values.add(path === '' ? name : `${path}.${name}`, value)
    }
  }

  stateDict(): StateDict {
    const { path, role, findings } = this.place
    const tied = tieTogether(this.tensors, this.ties)
    const aliases = declaredAliases(this.metadata, (name) => this.names.has(name))
    if (this.nonfinite.length > 0) findings.push(nonfiniteFinding(this.nonfinite))
    return {
      path,
      role,
      tensors: withAliases(tied, aliases),
      order: this.isInOrder(aliases) ? 'registration' : 'unrecorded',
      facts: this.facts(aliases),
    }
  }

  private describe(name: string, value: SkeletonMap): void {
    const entry = manifestEntry(name, value, this.place.limits)
    this.push(entry.tensor)
    if (entry.declaration !== undefined) this.declarations.set(name, entry.declaration)
    if (entry.tiedTo !== undefined) this.ties.set(name, entry.tiedTo)
    if (!entry.isPersistent) this.nonPersistent.add(name)
    if (value.has('data_offsets')) this.hasOffsets = true
  }

  private list(name: string, value: ListValue, run: TextRun | undefined): void {
    this.push(listTensor(name, value, run, this.place))
    const form = writtenForm(value)
    if (form === 'integers') this.integral.add(name)
    if (form === 'reals') this.hasReals = true
    if (hasNonfinite(value)) this.nonfinite.push(name)
  }

  private push(tensor: Tensor): void {
    const { limits } = this.place
    // Two ways to one name: `{"a.b": …, "a": {"b": …}}`.
    if (this.names.has(tensor.name)) {
      throw new SdinspectError('format/malformed', `tensor ${quoted(tensor.name)} is there twice`, {
        tensor: tensor.name,
      })
    }
    withinLimit(limits, 'tensors', this.tensors.length + 1, 'the number of tensors')
    withinLimit(limits, 'nameBytes', tensor.name.length, 'the length of a tensor name')
    this.names.add(tensor.name)
    this.tensors.push(tensor)
  }

  private takeMetadata(map: SkeletonMap): void {
    const metadata = new Map<string, Plain>()
    for (const [key, value] of map) {
      if (typeof value === 'string') metadata.set(key, value)
      else this.place.values.add(`__metadata__.${key}`, value)
    }
    this.metadata = metadata
    for (const [key, value] of metadata) this.place.metadata.set(key, value)
  }

  /**
   * safetensors sorts, so entries with its offsets have its order. Names left out have no place in any, and an
   * optimizer registers nothing.
   */
  private isInOrder(aliases: ReadonlyMap<string, string>): boolean {
    if (this.place.role === 'optimizer' || this.hasOffsets || aliases.size > 0) return false
    return isRegistrationOrder(this.names, elementTypes(this.tensors))
  }

  private facts(aliases: ReadonlyMap<string, string>): Facts {
    const { declarations, nonPersistent, integral } = this
    return {
      ...(declarations.size > 0 ? { declarations } : {}),
      ...(nonPersistent.size > 0 ? { nonPersistent } : {}),
      ...(aliases.size > 0 ? { aliases } : {}),
      ...(integral.size > 0 && this.hasReals ? { integralLists: integral } : {}),
    }
  }
}

/** Types that a sort by type may have told apart. Lists do not record theirs; few models have more than four. */
function elementTypes(tensors: readonly Tensor[]): number {
  return Math.max(4, new Set(tensors.map((tensor) => tensor.dtype)).size)
}

function nonfiniteFinding(names: readonly string[]): Finding {
  const [only] = names.length === 1 ? names : []
  return finding('json/nonfinite', { tensors: names }, { tensor: only })
}
