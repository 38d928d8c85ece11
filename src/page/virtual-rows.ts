import { make } from './dom.ts'

/** Browsers lay out no element that is higher than some 17 million pixels. */
const tallest = 8_000_000

/** Rows of one height of which only those in sight are there. */
export class VirtualRows {
  readonly #viewport: HTMLElement
  readonly #body: HTMLElement
  readonly #headHeight: number
  readonly #rowHeight: number
  readonly #draw: (index: number) => HTMLElement
  #count = 0
  #isAsked = false

  /** @param viewport what scrolls; its head stays at the top and is `headHeight` pixels high */
  constructor(
    viewport: HTMLElement,
    { rowHeight, headHeight }: { readonly rowHeight: number; readonly headHeight: number },
    draw: (index: number) => HTMLElement,
  ) {
    this.#viewport = viewport
    this.#rowHeight = rowHeight
    this.#headHeight = headHeight
    this.#draw = draw
    this.#body = make('div', { class: 'rows', role: 'rowgroup' })
    viewport.append(this.#body)
    viewport.addEventListener('scroll', () => this.refresh())
    new ResizeObserver(() => this.refresh()).observe(viewport)
  }

  get count(): number {
    return this.#count
  }

  set count(count: number) {
    this.#count = count
    this.#body.style.height = `${Math.min(count * this.#rowHeight, tallest)}px`
    this.refresh()
  }

  /** Rows that are wholly in sight. */
  get page(): number {
    return Math.max(1, Math.floor(this.#height / this.#rowHeight) - 1)
  }

  get #height(): number {
    return Math.max(0, this.#viewport.clientHeight - this.#headHeight)
  }

  /** Pixels that stand above the first one in sight, were nothing scaled. */
  get #above(): number {
    const whole = this.#count * this.#rowHeight
    const { scrollTop } = this.#viewport
    if (whole <= tallest) return scrollTop
    return (scrollTop / (tallest - this.#height)) * (whole - this.#height)
  }

  /** Draws what is in sight, once before the next frame. */
  refresh(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    requestAnimationFrame(() => {
      this.#isAsked = false
      this.#drawAll()
    })
  }

  /** Scrolls as little as it takes to have a row in sight. */
  reveal(index: number): void {
    const top = index * this.#rowHeight
    const above = this.#above
    const height = this.#height
    const wanted =
      top < above ? top : top + this.#rowHeight > above + height ? top + this.#rowHeight - height : above
    if (wanted !== above) {
      const whole = this.#count * this.#rowHeight
      this.#viewport.scrollTop = whole <= tallest ? wanted : (wanted / (whole - height)) * (tallest - height)
    }
    this.#drawAll()
  }

  #drawAll(): void {
    const above = this.#above
    const first = Math.max(0, Math.floor(above / this.#rowHeight) - 2)
    const end = Math.min(this.#count, Math.ceil((above + this.#height) / this.#rowHeight) + 2)
    const rows: HTMLElement[] = []
    for (let index = first; index < end; index++) {
      const row = this.#draw(index)
      row.style.transform = `translateY(${this.#viewport.scrollTop + index * this.#rowHeight - above}px)`
      rows.push(row)
    }
    this.#body.replaceChildren(...rows)
  }
}
