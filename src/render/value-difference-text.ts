import type { ValueDifference, ValueSummary } from '../compare/difference.ts'
import type { FoldedNames } from '../compare/fold-names.ts'
import { count, plural } from './text.ts'

/** What the difference of values comes to, in one line without a full stop. Names are shown by `name`. */
export function summaryText(summary: ValueSummary, name: (name: string) => string): string {
  switch (summary.what) {
    case 'other order':
      return `same weights, other order: ${plural(summary.tensors, 'tensor')}`
    case 'other names':
      return `same weights, other names: ${plural(summary.tensors, 'tensor')}`
    case 'other type':
      return `same numbers in another type: ${plural(summary.tensors, 'tensor')}`
    case 'rounded': {
      const rest = summary.equal === 0 ? '' : `; the other ${count(summary.equal)} hold the same numbers`
      return `equal after rounding to ${summary.to}: ${plural(summary.tensors, 'tensor')}${rest}`
    }
    case 'one part': {
      const { module, isHead, tensors, same } = summary
      const what = isHead ? `only the head changed, ${name(module)}` : `only ${name(module)} changed`
      return `${what}: ${plural(tensors, 'tensor')}; the other ${count(same)} are bit-equal`
    }
    case 'targets': {
      const layers = summary.layers.map(name).join(', ')
      return `${layers} changed in all ${count(summary.blocks)} blocks, as merging an adapter (LoRA) with these targets leaves it; the other ${plural(summary.same, 'tensor')} are bit-equal`
    }
  }
}

type Different = ValueDifference['different'][number]

/** How far the tensors of one line are apart: `relative L2 0.012 to 0.034, largest difference 0.5, cosine 0.998`. */
export function distanceText(items: FoldedNames<Different>['items']): string {
  const distances = items.flatMap(({ distance }) => distance ?? [])
  if (distances.length === 0) return ''
  const relative = distances.flatMap(({ relativeL2 }) => relativeL2 ?? [])
  const cosines = distances.flatMap(({ cosine }) => cosine ?? [])
  const steps = distances.flatMap((one) => one.steps ?? [])
  const notFinite = distances.reduce((sum, one) => sum + one.notFinite, 0)
  const largest = distances.reduce((most, { maxAbs }) => Math.max(most, maxAbs), 0)
  const differing = distances.reduce((sum, one) => sum + one.differing, 0)
  const elements = distances.reduce((sum, one) => sum + one.elements, 0)
  // What is not finite is the worst that can be, and in none of the numbers behind it.
  const worst = notFinite === 0 ? '' : `${count(notFinite)} NaN or infinite on one side alone, `
  if (notFinite > 0 && differing === notFinite) return `${worst}all others the same`
  const numbers = [
    ...(relative.length === 0 ? [] : [`relative L2 ${spanText(relative)}`]),
    ...(steps.length === 0 ? [] : [`${spanText(steps)} of a quantisation step`]),
    `largest difference ${short(largest)}`,
    ...(cosines.length === 0 ? [] : [`cosine ${spanText(cosines, cosineText)}`]),
    ...(differing === elements ? [] : [`${count(differing)} of ${plural(elements, 'value')}`]),
  ]
  return `${worst}${worst === '' ? '' : 'of the others '}${numbers.join(', ')}`
}

/** Never 1 for what is not: six digits, cut off. */
function cosineText(value: number): string {
  return String(value > 1 - 1e-12 ? 1 : Math.floor(value * 1e6) / 1e6)
}

function spanText(values: readonly number[], said: (value: number) => string = short): string {
  const least = said(values.reduce((a, b) => Math.min(a, b)))
  const most = said(values.reduce((a, b) => Math.max(a, b)))
  return least === most ? least : `${least} to ${most}`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** Of the tensors with a partner of another type: how many hold the same numbers, and how many the same after rounding. */
export function alikeText({ alike = [] }: ValueDifference): string | null {
  if (alike.length === 0) return null
  const rounded = new Map<string, number>()
  for (const { roundedTo } of alike)
    if (roundedTo !== null) rounded.set(roundedTo, (rounded.get(roundedTo) ?? 0) + 1)
  const equal = alike.filter(({ roundedTo, distance }) => roundedTo === null && distance === undefined).length
  const quantised = alike.filter(({ distance }) => distance !== undefined)
  return [
    ...(equal === 0 ? [] : [`the same numbers, stored otherwise, in ${plural(equal, 'tensor')}`]),
    ...(quantised.length === 0
      ? []
      : [
          `the same weights within what quantisation leaves in ${plural(quantised.length, 'tensor')} (${distanceText(quantised)})`,
        ]),
    ...Array.from(rounded, ([to, times]) => `equal after rounding to ${to} in ${plural(times, 'tensor')}`),
  ].join(', ')
}
