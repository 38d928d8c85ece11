import type { Report } from '../../src/model/report.ts'
import type { TrueModel } from './truth.ts'

/** How often classes that are printed are those of the live modules. */
export interface ClassScore {
  /** One class is named. */
  readonly plain: { right: number; wrong: number }
  /** Several are, of which one is right. */
  readonly hedged: { right: number; wrong: number }
}

export function emptyClassScore(): ClassScore {
  return { plain: { right: 0, wrong: 0 }, hedged: { right: 0, wrong: 0 } }
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
        else tally.wrong++
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
