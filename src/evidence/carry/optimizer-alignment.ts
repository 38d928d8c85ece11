import type { OptimizerFacts } from '../../model/checkpoint.ts'
import { wrapperPrefixes } from '../../model/names/prefixes.ts'
import { wereMemory } from '../../model/values/values.ts'
import type { Answer, Kind, Level, Trainable } from '../../model/verdict.ts'
import { type Alignment, align } from '../alignment.ts'
import type { ClaimBook } from '../claim-book.ts'
import { isFloating } from '../module-view.ts'
import type { Subject } from '../source.ts'
import { alignable, alignmentBudget, isKnownParameter, leavesNoParameter } from './alignable.ts'
import type { CarryRule } from './rule.ts'

const source = 'optimizer-alignment'

type Parameter = OptimizerFacts['groups'][number]['parameters'][number]

/**
 * An optimizer in the file was given parameters, in the order of `named_parameters()`, which is the order of
 * the state dict with the buffers left out. Where it kept their names those are taken; otherwise the shapes
 * of its state are laid over the entries, and what all ways to do so share is taken. All of it is recognised, since
 * it is of the past: what the optimizer was given may have been frozen, registered anew, moved or renamed before the
 * file was written, and the optimizer may be that of another model.
 */
export const optimizerAlignment: CarryRule = {
  id: source,
  title: 'The optimizer in the file was given exactly these tensors',
  carry(subject, book) {
    const { facts } = subject.stateDict
    if (facts.optimizers === undefined || facts.optimizers.length === 0 || !book.isFirst(source)) return false
    const given = new Set<number>()
    let left: Set<number> | null = new Set(subject.stateDict.tensors.keys())
    for (const optimizer of facts.optimizers) {
      const cover = byName(subject, optimizer, book) ?? byShape(subject, optimizer, book)
      if (cover === null) left = null
      else {
        for (const index of cover.given) given.add(index)
        left = left === null ? null : intersection(left, cover.never)
      }
    }
    if (left !== null && given.size > 0) judgeTheRest(subject, book, left, given)
    return given.size > 0
  },
}

/** Which entries an optimizer was given for certain, and which for certain not. */
interface Cover {
  readonly given: ReadonlySet<number>
  readonly never: ReadonlySet<number>
}

function intersection(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((one) => b.has(one)))
}

function say<T extends string>(answer: T, level: Level, reason: string): Answer<T> {
  return { answer, level, reason, source }
}

function claimGiven(
  book: ClaimBook,
  index: number,
  parameter: Parameter | null,
  optimizer: OptimizerFacts,
): void {
  const where = optimizer.path
  book.kind(index, say<Kind>('parameter', 'recognised', `${where} was given it`))
  const given = optimizer.groups.flatMap(({ parameters }) => parameters)
  const anyState = given.some(({ hasState }) => hasState)
  if (parameter === null) {
    // It is one of several there, of which some may have no state.
    const isOpen = anyState && given.some(({ hasState }) => !hasState)
    book.trainable(
      index,
      isOpen
        ? say<Trainable>(
            'unknown',
            'recognised',
            `${where} was given it, and holds state for some of its parameters only`,
          )
        : say<Trainable>('yes', 'recognised', `${where} was given it`),
    )
    return
  }
  if (parameter.hasState && optimizer.stateWithoutGradient !== true) {
    book.trainable(
      index,
      say<Trainable>(
        'yes',
        'recognised',
        `${where} was given it and holds state for it, so it had a gradient in the past`,
      ),
    )
  } else if (anyState && !parameter.hasState) {
    book.trainable(
      index,
      say<Trainable>(
        'unknown',
        'recognised',
        `${where} was given it and holds no state for it, as it does for others: frozen, or never used`,
      ),
    )
  } else {
    book.trainable(index, say<Trainable>('yes', 'recognised', `${where} was given it`))
  }
}

/** The entries of an optimizer that kept names; null where it did not, or they do not fit. */
function byName({ stateDict }: Subject, optimizer: OptimizerFacts, book: ClaimBook): Cover | null {
  const parameters = optimizer.groups.flatMap((group) => group.parameters)
  if (parameters.length === 0 || parameters.some((parameter) => parameter.name === null)) return null
  const indexes = new Map(stateDict.tensors.map((tensor, index) => [unwrapped(tensor.name), index]))
  const given = new Set<number>()
  for (const parameter of parameters) {
    const index = indexes.get(unwrapped(parameter.name as string))
    if (index === undefined) continue
    given.add(index)
    claimGiven(book, index, parameter, optimizer)
  }
  if (given.size === 0) return null
  return { given, never: new Set([...stateDict.tensors.keys()].filter((index) => !given.has(index))) }
}

function unwrapped(name: string): string {
  for (let at = 0; ; ) {
    const prefix = [...wrapperPrefixes.keys()].find((one) => name.startsWith(one, at))
    if (prefix === undefined) return name.slice(at)
    at += prefix.length
  }
}

/** The entries that every way to lay the optimizer's shapes over the state dict gives it; null when there is none. */
function byShape(subject: Subject, optimizer: OptimizerFacts, book: ClaimBook): Cover | null {
  if (subject.stateDict.order !== 'registration') return null
  const filled = optimizer.groups.filter((group) => group.parameters.length > 0)
  const groups = filled.map((group) => group.parameters.map((parameter) => parameter.shape))
  // With no shape at all only the count speaks, and a count fits by chance.
  if (!groups.some((group) => group.some((shape) => shape !== null && shape.length > 0))) return null

  const given = new Set<number>()
  let last: Alignment | null = null
  const open = new Set<number>()
  const take = (alignment: Alignment, gaps: boolean): void => {
    last = alignment
    const either = gaps ? new Set<number>() : interchangeable(alignment, subject, book)
    for (const index of either) open.add(index)
    alignment.given.forEach((state, index) => {
      if (state !== 'always' || given.has(index) || either.has(index)) return
      given.add(index)
      const place = alignment.places[index] ?? null
      claimGiven(
        book,
        index,
        place === null ? null : (filled[place[0]]?.parameters[place[1]] ?? null),
        optimizer,
      )
    })
  }
  const lay = (level: Level, gaps: boolean): Alignment | null =>
    align(alignable(subject, book, level), groups, { gaps, budget: alignmentBudget })

  // Only what is certain keeps entries out at first; what is recognised may settle the rest, at its level.
  const certain = lay('deduced', false)
  if (certain !== null && leavesNoParameter(certain, book)) take(certain, false)
  else {
    // Something known to be a parameter was not given, so parameters may have been frozen one by one.
    const scattered = lay('deduced', true)
    if (scattered !== null) take(scattered, true)
  }
  for (const gaps of [false, true]) {
    const likely = lay('recognised', gaps)
    if (likely === null || (!gaps && splitsAModule(likely, subject, book))) continue
    take(likely, gaps)
    break
  }
  const final = last as Alignment | null
  if (final === null || given.size === 0) return null
  return {
    given,
    never: new Set(
      [...given.keys(), ...final.given.keys()].filter(
        (index) => final.given[index] === 'never' && !open.has(index),
      ),
    ),
  }
}

/**
 * Entries of one module and one shape of which some were given and others not, by order alone: a weight that is frozen and
 * the scores it is masked by, which train, look like a weight that trains and a buffer after it.
 */
function interchangeable(
  { given }: Alignment,
  { stateDict, tree }: Subject,
  book: ClaimBook,
): ReadonlySet<number> {
  const groups = new Map<string, { given: number[]; left: number[] }>()
  given.forEach((state, index) => {
    const tensor = stateDict.tensors.at(index)
    if (state === 'sometimes' || tensor === undefined || tensor.tiedTo !== null || !isFloating(tensor)) return
    if (state === 'never' && book.kinds.best(index)?.answer === 'buffer') return
    const key = `${tree.owners[index]} ${tensor.shape.join()}`
    const group = groups.get(key) ?? { given: [], left: [] }
    groups.set(key, group)
    if (state === 'always') group.given.push(index)
    else group.left.push(index)
  })
  const all = [...groups.values()].filter((group) => group.given.length > 0 && group.left.length > 0)
  return new Set(all.flatMap((group) => [...group.given, ...group.left]))
}

/** Whether some module was given one of its parameters and not another: then they were frozen one by one. */
function splitsAModule(alignment: Alignment, { stateDict, tree }: Subject, book: ClaimBook): boolean {
  const givenModules = new Set<unknown>()
  alignment.given.forEach((given, index) => {
    if (given === 'always') givenModules.add(tree.owners[index])
  })
  return alignment.given.some(
    (given, index) =>
      given === 'never' &&
      stateDict.tensors.at(index)?.tiedTo === null &&
      givenModules.has(tree.owners[index]) &&
      isKnownParameter(book, index),
  )
}

/**
 * What no optimizer was given: not trained in that run. That it is a buffer is assumed, if all else that is known to
 * be a parameter was given, or at least what is around it, as modules are frozen whole: an optimizer that is given
 * what requires grad leaves out frozen parameters as it does buffers.
 */
function judgeTheRest(
  { stateDict, tree }: Subject,
  book: ClaimBook,
  left: ReadonlySet<number>,
  given: ReadonlySet<number>,
): void {
  const rest = [...left].filter((index) => {
    const tensor = stateDict.tensors.at(index)
    return tensor !== undefined && tensor.tiedTo === null && isFloating(tensor)
  })
  const all = rest.every((index) => !isKnownParameter(book, index))
  const trained = new Set<number>()
  for (const index of given) {
    let module = tree.owners[index] as number
    for (; !trained.has(module); module = tree.parents[module] as number) trained.add(module)
  }
  for (const index of rest) {
    const owner = tree.owners[index]
    if (all) {
      book.kind(
        index,
        say<Kind>(
          'buffer',
          'assumed',
          'the optimizers in the file were given every other float tensor that is no known buffer, and not this one: a buffer, or a parameter that was frozen before',
        ),
      )
    } else if (owner !== undefined && trained.has(owner) && !isKnownParameter(book, index)) {
      book.kind(
        index,
        say<Kind>(
          'buffer',
          'assumed',
          'no optimizer in the file was given it, and they were given tensors of its module: a buffer, or a parameter that was frozen before',
        ),
      )
    }
    // Without memory, ties are not recorded: the entry may be another name of one that was given.
    const level = wereMemory(stateDict.tensors.at(index)?.values ?? 'not in this file')
      ? 'recognised'
      : 'assumed'
    book.trainable(index, say<Trainable>('no', level, 'no optimizer in the file was given it'))
  }
}
