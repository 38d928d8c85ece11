// Turns lines with SGR colours into an SVG that is dark on a dark page and light on a light one.
const cell = { width: 8.4, height: 18 }
const margin = 20

/** `text`: what a terminal of 256 colours would get; `columns`: its width; `title`: for who cannot see it. */
export function terminalSvg(text, columns, title) {
  const lines = text.replace(/\n$/, '').split('\n')
  const width = Math.ceil(columns * cell.width + 2 * margin)
  const height = lines.length * cell.height + 2 * margin
  // tmux says of a line only what is otherwise than at the end of the one before.
  const look = { color: '', bold: false, inverse: false }
  const body = lines.map((line, row) => lineSvg(line, row, look)).filter((svg) => svg !== '')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${title}</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #1f2328 }
rect { fill: #ffffff; stroke: #d1d9e0 }
.b { font-weight: 600 }
.i { fill: #1f2328; stroke: none }
.j { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #d8dee4 } rect { fill: #0d1117; stroke: #3d444d } .i { fill: #d8dee4 } .j { fill: #0d1117 } }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${body.join('\n')}
</svg>
`
}

function lineSvg(line, row, look) {
  const y = margin + row * cell.height + 13
  let column = 0
  let svg = ''
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1]
    if (codes === undefined) {
      svg += runSvg(part, column, y, look)
      column += [...part].length
      continue
    }
    // tmux joins several in one sequence.
    for (const code of codes.match(/38;5;\d+|\d+/g) ?? ['0']) {
      if (code === '0') Object.assign(look, { color: '', bold: false, inverse: false })
      else if (code === '1' || code === '22') look.bold = code === '1'
      else if (code === '7' || code === '27') look.inverse = code === '7'
      else if (code === '39' || code === '49') look.color = ''
      else if (code.startsWith('38;5;')) look.color = rgb(Number(code.slice(5)))
      else throw new Error(`a colour this script does not know: ${code}`)
    }
  }
  return svg
}

/** A run at its place: `textLength` keeps columns straight in whatever font the reader has. */
function runSvg(text, column, y, { color, bold, inverse }) {
  const place = (at) => (margin + at * cell.width).toFixed(1)
  const back = inverse
    ? `<rect class="i" x="${place(column)}" y="${y - 13}" width="${([...text].length * cell.width).toFixed(1)}" height="${cell.height}"/>`
    : ''
  const trimmed = text.trimEnd()
  const start = trimmed.length - trimmed.trimStart().length
  const shown = trimmed.slice(start)
  if (shown === '') return back
  const length = [...shown].length
  const names = [bold ? 'b' : '', inverse ? 'j' : ''].filter((name) => name !== '').join(' ')
  const look = `${color === '' || inverse ? '' : ` style="fill:${color}"`}${names === '' ? '' : ` class="${names}"`}`
  const escaped = shown.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c])
  return `${back}<text x="${place(column + start)}" y="${y}" textLength="${(length * cell.width).toFixed(1)}"${look}>${escaped}</text>`
}

/** The colour a terminal of 256 colours shows for a number from 16 on. */
function rgb(index) {
  if (index >= 232) return `rgb(${[0, 0, 0].map(() => 8 + (index - 232) * 10).join(',')})`
  const levels = [0, 95, 135, 175, 215, 255]
  const place = index - 16
  return `rgb(${[Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((i) => levels[i]).join(',')})`
}
