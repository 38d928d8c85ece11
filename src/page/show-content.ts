import type { TensorPairing } from '../compare/pairing/tensor-pairing.ts'
import { inspectionOf } from '../model/inspection.ts'
import { outline } from '../model/modules/outline.ts'
import { chosenStateDict } from '../model/select.ts'
import { differenceView } from '../render/html/difference-view.ts'
import type { PageContent } from '../render/html/page-content.ts'
import { articleView } from '../render/html/page-view.ts'
import { sentence } from '../render/text.ts'
import { CompareView } from './compare-view.ts'
import { built, choice, make, pause } from './dom.ts'
import { Explorer } from './explorer.ts'

/** The explorer that keys speak to. */
let current: Explorer | null = null

document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
  if (event.key === '/' && !isTyping && current !== null) {
    event.preventDefault()
    current.focusSearch()
  } else if (event.key === 'Escape') current?.closePanel()
})

/** Puts the trees of two checkpoints side by side. */
async function showComparison(
  content: PageContent,
  comparison: TensorPairing,
  main: HTMLElement,
): Promise<void> {
  let section = main.querySelector('.difference')
  if (section === null) {
    section = built(differenceView(comparison.difference)) as Element
    main.append(section)
  }
  await pause()
  const place = section.querySelector('.compare-place') as HTMLElement
  place.replaceChildren(new CompareView(content, comparison).element)
}

/** Makes the page of what is known: its static parts are there already where the page was made with them. @param main where */
export async function showContent(content: PageContent, main: HTMLElement): Promise<void> {
  document.documentElement.classList.add('js')
  const { checkpoints } = content
  const picks = make('div', { class: 'picks' })
  main.prepend(picks)
  if (content.comparison !== null) await showComparison(content, content.comparison, main)
  let shown = { checkpoint: 0, stateDict: mainOf(content, 0) }

  async function show(checkpoint: number, stateDict: number): Promise<void> {
    const one = checkpoints[checkpoint]
    if (one === undefined) return
    const isMain = stateDict === mainOf(content, checkpoint)
    const articles = [...main.querySelectorAll<HTMLElement>('article')]
    let article = articles[checkpoint]
    for (const other of articles) other.hidden = other !== article
    if (article === undefined || !isMain || article.dataset.stateDict !== undefined) {
      const made = built(articleView(one, stateDict)) as HTMLElement
      made.dataset.stateDict = String(stateDict)
      if (article === undefined) main.append(made)
      else article.replaceWith(made)
      article = made
    }
    shown = { checkpoint, stateDict }
    drawPicks()
    const place = article.querySelector('.explorer-place') as HTMLElement
    const report = one.report.stateDicts[stateDict]
    const details = one.details[stateDict]
    if (
      report === undefined ||
      details === undefined ||
      report.totals.stored.tensors + report.totals.tied.tensors === 0
    )
      return
    // Each takes its time where there are many tensors: in between the page can be read and scrolled.
    await pause()
    void inspectionOf(report).tree
    await pause()
    const lines = outline(report)
    await pause()
    if (shown.checkpoint !== checkpoint || shown.stateDict !== stateDict) return
    current = new Explorer(report, details, lines)
    place.replaceChildren(current.element)
  }

  function drawPicks(): void {
    const { stateDicts } = checkpoints[shown.checkpoint]?.report ?? { stateDicts: [] }
    picks.replaceChildren(
      ...(checkpoints.length < 2
        ? []
        : [
            choice(
              'Checkpoint',
              checkpoints.map(({ report }, i) => [String(i), sentence(report.path)] as const),
              String(shown.checkpoint),
              (value) => void show(Number(value), mainOf(content, Number(value))),
            ),
          ]),
      ...(stateDicts.length < 2
        ? []
        : [
            choice(
              'State dict',
              stateDicts.map(({ path, role }, i) => [
                String(i),
                `${sentence(path) || 'the file itself'} (${role})`,
              ]),
              String(shown.stateDict),
              (value) => void show(shown.checkpoint, Number(value)),
            ),
          ]),
    )
  }

  await show(shown.checkpoint, shown.stateDict)
}

function mainOf({ checkpoints }: PageContent, checkpoint: number): number {
  const stateDicts = checkpoints[checkpoint]?.report.stateDicts ?? []
  const main = chosenStateDict(stateDicts, null)
  return main === null ? 0 : stateDicts.indexOf(main)
}
