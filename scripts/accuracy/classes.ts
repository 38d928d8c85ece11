import type { Report } from '../../src/model/report.ts'
import type { TrueModel } from './truth.ts'

/** How often classes that are printed are those of the live modules. */
export interface ClassScore {
  /** One class is named. */
  readonly plain: { right: number; wrong: number }
  /** Several are, of which one is right. */
  readonly hedged: { right: number; wrong: number }
  /** Modules whose class is none of those printed: `Conv2d ← ConvTranspose2d`, and how many. */
  readonly confusions: Record<string, number>
}

export function emptyClassScore(): ClassScore {
  return { plain: { right: 0, wrong: 0 }, hedged: { right: 0, wrong: 0 }, confusions: {} }
}

/** Counts the classes of a report against those of the model, where the truth has them. */
export function scoreClasses(
  { modules: truth }: TrueModel,
  report: Report,
  into: readonly ClassScore[],
): void {
  for (const { modules } of report.stateDicts)
    for (const { path, classes } of modules) {
      const is = truth[path]
      if (is === undefined || classes.length === 0) continue
      const isRight = classes.some((printed) => stands(printed, is))
      for (const score of into) {
        const tally = classes.length === 1 ? score.plain : score.hedged
        if (isRight) tally.right++
        else {
          tally.wrong++
          const key = `${classes.join('|')} ← ${is}`
          score.confusions[key] = (score.confusions[key] ?? 0) + 1
        }
      }
    }
}

/**
 * Whether a printed class is the live one, or one that is made of it and says so in its name: `BartScaledWordEmbedding`
 * is an Embedding, `BatchNormAct2d` a BatchNorm2d, `Qwen2MoeTopKRouter` a TopKRouter.
 */
function stands(printed: string, is: string): boolean {
  const live = is.toLowerCase()
  if (printed === 'TopKRouter') return live.includes('router')
  const name = printed.toLowerCase().replace(/[123]d$/, '')
  // Whose names hold another's, and who are something else.
  if (name === 'conv' && live.includes('transpose')) return false
  if (name === 'batchnorm' && live.includes('frozen')) return false
  if (name === 'linear' && live.includes('bilinear')) return false
  const [dimensions] = /[123]d$/.exec(printed) ?? []
  const [liveDimensions] = /[123]d/.exec(live) ?? []
  if (dimensions !== undefined && liveDimensions !== undefined && dimensions !== liveDimensions) return false
  return live.includes(name)
}

/** Printed and live classes of what is wrong, the most modules first. */
export function confusionsOf({
  confusions,
}: ClassScore): readonly { printed: string; is: string; modules: number }[] {
  return Object.entries(confusions)
    .map(([key, modules]) => {
      const [printed = '', is = ''] = key.split(' ← ')
      return { printed, is, modules }
    })
    .sort((a, b) => b.modules - a.modules || (a.printed + a.is < b.printed + b.is ? -1 : 1))
}
