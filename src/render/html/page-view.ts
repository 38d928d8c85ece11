import { chosenStateDict } from '../../model/select.ts'
import { version } from '../../version.ts'
import { sentence } from '../text.ts'
import { aboutView, findingsView, identityView, totalsView } from './checkpoint-view.ts'
import { type Child, type Element, element } from './element.ts'
import { outlineTable } from './outline-table.ts'
import type { PageCheckpoint, PageContent } from './page-content.ts'

/**
 * All that is said of a checkpoint without the script of the page.
 *
 * @param which state dict; by default the main one
 */
export function articleView(page: PageCheckpoint, which: number | null = null): Element {
  const { stateDicts } = page.report
  const stateDict = (which === null ? chosenStateDict(stateDicts, null) : stateDicts[which]) ?? null
  return element(
    'article',
    {},
    identityView(page, stateDict),
    ...(stateDict === null ? [] : [totalsView(stateDict)]),
    findingsView(page),
    element('div', { class: 'explorer-place' }),
    ...(stateDict === null
      ? []
      : [
          element(
            'section',
            { class: 'outline-section', 'aria-label': 'Tree' },
            element(
              'div',
              { class: 'scrolls', tabindex: '0', role: 'group', 'aria-label': 'Tree' },
              outlineTable(stateDict),
            ),
          ),
        ]),
    aboutView(page, stateDict),
  )
}

/** The whole of what a page says without its script. */
export function contentView({ checkpoints, failures }: PageContent): readonly Child[] {
  return [
    ...failures.map(({ path, message }) =>
      element(
        'p',
        { class: 'failure', role: 'note' },
        element('strong', {}, sentence(path)),
        ' could not be read: ',
        sentence(message),
      ),
    ),
    ...checkpoints.map((page) => articleView(page)),
  ]
}

/** The frame around it. */
export function frameView(content: readonly Child[]): readonly Child[] {
  return [
    element('main', { id: 'content' }, ...content),
    element(
      'footer',
      {},
      element('p', {}, `Made by sdinspect ${version} from the structure of the file. Nothing in it was run.`),
    ),
  ]
}
