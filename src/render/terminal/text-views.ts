import { withNewlines } from '../lines.ts'
import type { Look, Renderer, ViewOptions } from '../renderer.ts'
import type { InspectTextOptions } from './inspect-text.ts'
import { linesWithin } from './lines-within.ts'
import type { Theme } from './theme.ts'

/** Text for people; `ls` is for other programs where nobody is looking. */
export const text: Renderer = {
  format: 'text',
  views: {
    async inspect({ look, options }) {
      const [{ inspectText }, { severalText }, theme] = await Promise.all([
        import('./inspect-text.ts'),
        import('./several-text.ts'),
        themeFor(look, options),
      ])
      const extent = extentOf(options)
      return {
        as: 'text',
        gap: '\n',
        forPeople: true,
        text: (report) => withNewlines(inspectText(report, extent, theme)),
        *overview(reports, areParts) {
          yield* withNewlines(severalText(reports, { at: options.at, areParts }, theme))
          yield '\n'
        },
      }
    },
    async tree({ look, options }) {
      const [{ treeText }, theme] = await Promise.all([import('./inspect-text.ts'), themeFor(look)])
      const extent = extentOf(options)
      return {
        as: 'text',
        gap: '\n',
        forPeople: true,
        *text({ stateDicts }) {
          for (const stateDict of stateDicts) yield* withNewlines(treeText(stateDict, extent, theme))
        },
      }
    },
    async ls({ look }) {
      if (!look.interactive) {
        const { tabSeparated } = await import('../tab-separated.ts')
        return { as: 'text', gap: '', forPeople: true, text: tabSeparated }
      }
      const [{ lsText }, { nameForOutput }, theme] = await Promise.all([
        import('./ls-text.ts'),
        import('../text.ts'),
        themeFor(look),
      ])
      return {
        as: 'text',
        gap: '\n',
        forPeople: true,
        *text(report, several) {
          if (several) yield `${nameForOutput(report.path, theme.ascii)}:\n`
          yield* withNewlines(lsText(report.stateDicts[0] ?? { tensors: [] }, theme))
        },
      }
    },
    async why({ look, options }) {
      const [{ whyText }, theme] = await Promise.all([import('./why-text.ts'), themeFor(look, options)])
      return {
        as: 'text',
        gap: '\n',
        text: (why) => wrapped(whyText(why.explanations, theme), theme),
      }
    },
    async stats({ look, options: { fold, depth, all } }) {
      if (!look.interactive) {
        const { statisticsSeparated, statisticsTitles } = await import('../statistics-separated.ts')
        return { as: 'text', gap: '', hidesUnread: true, head: statisticsTitles, text: statisticsSeparated }
      }
      const [{ statisticsText }, theme] = await Promise.all([
        import('./stats-text.ts'),
        themeFor(look, { all }),
      ])
      return {
        as: 'text',
        gap: '\n',
        text: (result) => wrapped(statisticsText(result, { fold, depth }, theme), theme),
      }
    },
    async diff({ look, options: { fold, all } }) {
      const [{ diffText }, theme] = await Promise.all([import('./diff-text.ts'), themeFor(look, { all })])
      return {
        as: 'text',
        gap: '\n',
        text: (difference) => wrapped(diffText(difference, { noFold: !fold }, theme), theme),
      }
    },
    async lock({ look, options: { fold, all } }) {
      const [{ lockText }, theme] = await Promise.all([import('./lock-text.ts'), themeFor(look, { all })])
      return {
        as: 'text',
        gap: '\n',
        *text({ lockFile, outcomes }) {
          for (const outcome of outcomes)
            yield* wrapped(lockText(outcome, lockFile, { noFold: !fold }, theme), theme)
        },
      }
    },
    async check({ look, options }) {
      const [{ checkText }, { withFoldedFindings }, theme] = await Promise.all([
        import('./check-text.ts'),
        import('../../check/findings/fold-findings.ts'),
        themeFor(look, options),
      ])
      return {
        as: 'text',
        gap: '\n',
        text: (report) =>
          wrapped(
            checkText(withFoldedFindings(report, { mostNames: theme.most(3), alike: true }), options, theme),
            theme,
          ),
      }
    },
    async digest({ look, options }) {
      const { digestText } = await import('./digest-text.ts')
      return {
        as: 'text',
        gap: '',
        text: (result, several) => withNewlines(digestText(result, options, several, look.ascii)),
      }
    },
    async digestCheck({ look }) {
      const { digestCheckText } = await import('./digest-text.ts')
      return { as: 'text', gap: '', text: (check) => withNewlines(digestCheckText(check, look.ascii)) }
    },
    async explain({ look }) {
      const [{ ruleList, ruleText }, theme] = await Promise.all([import('./rule-text.ts'), themeFor(look)])
      return {
        as: 'text',
        gap: '\n',
        text: (explained) =>
          withNewlines(
            'rule' in explained ? ruleText(explained.rule, theme) : ruleList(explained.rules, theme),
          ),
      }
    },
  },
}

/** Lines no wider than the terminal. */
function wrapped(lines: Iterable<string>, theme: Theme): Iterable<string> {
  return withNewlines(linesWithin(lines, theme))
}

async function themeFor(look: Look, { all }: Pick<ViewOptions, 'all'> = {}): Promise<Theme> {
  const { loadTheme } = await import('./theme.ts')
  return loadTheme({ ...look, all })
}

function extentOf({ depth, fold, at, sort, memory, calledAs }: ViewOptions): InspectTextOptions {
  const levels = depth === null ? {} : { depth }
  return { ...levels, noFold: !fold, sort, memory, calledAs, ...(at === null ? {} : { at }) }
}
