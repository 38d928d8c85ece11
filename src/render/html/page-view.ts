import { chosenStateDict } from '../../model/select.ts'
import { version } from '../../version.ts'
import { sentence } from '../text.ts'
import { aboutView, findingsView, identityView, totalsView } from './checkpoint-view.ts'
import { differenceView } from './difference-view.ts'
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
export function contentView({ checkpoints, failures, comparison }: PageContent): readonly Child[] {
  return [
    ...failures.map(({ path, message }) => failureView(path, message)),
    ...(comparison === null ? [] : [differenceView(comparison.difference)]),
    ...checkpoints.map((page) => articleView(page)),
  ]
}

/** What could not be read, and why. */
export function failureView(path: string, message: string): Element {
  return element(
    'p',
    { class: 'failure', role: 'note' },
    element('strong', {}, sentence(path)),
    ' could not be read: ',
    sentence(message),
  )
}

/** Where files are dropped. */
export function viewerView(): Element {
  return element(
    'section',
    { id: 'drop', class: 'drop', 'aria-label': 'Choose a checkpoint' },
    element('h1', {}, 'What is in a checkpoint?'),
    element(
      'p',
      {},
      'Drop files or a folder here. They are read in this page: headers only, nothing is run, nothing is sent.',
    ),
    element(
      'div',
      { class: 'bar-of-tools' },
      element(
        'label',
        { class: 'choice' },
        element('span', {}, 'Files'),
        element('input', { type: 'file', id: 'files', multiple: '' }),
      ),
      element(
        'label',
        { class: 'choice' },
        element('span', {}, 'Folder'),
        element('input', { type: 'file', id: 'folder', webkitdirectory: '' }),
      ),
    ),
    element(
      'form',
      { id: 'address', class: 'bar-of-tools' },
      element(
        'label',
        { class: 'search' },
        element('span', {}, 'Or a URL'),
        element('input', { type: 'url', id: 'url', placeholder: 'https://…/model.safetensors' }),
      ),
      element('button', { class: 'plain', type: 'submit' }, 'Inspect'),
    ),
    element(
      'p',
      { class: 'quiet' },
      'A private or gated model of the Hub is not read here: the page takes no token, and after the redirect of such a model ',
      'Firefox reads from the storage only what the storage allows it to ask for. The command does: npx sdinspect hf://org/model.',
    ),
    element('p', { id: 'state', role: 'status', class: 'quiet' }, 'This page needs its script.'),
  )
}

/** The frame around it. @param foot what it ends with */
export function frameView(content: readonly Child[], foot: string): readonly Child[] {
  return [
    element('main', { id: 'content' }, ...content),
    element('footer', {}, element('p', {}, `sdinspect ${version}. ${foot}`)),
  ]
}
