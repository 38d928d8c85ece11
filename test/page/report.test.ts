import { createHash } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, ElementHandle, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type BrowserName, startBrowser } from '../helpers/browsers.ts'
import { largeHeader } from '../helpers/large-header.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'
import { webServer } from '../helpers/web-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-page-'))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pages: Record<string, string> = {}

/** Makes the page of a path, and says where it is. */
async function made(name: string, ...argv: string[]): Promise<string> {
  const file = join(folder, `${name}.html`)
  const { code, err } = await runCli(['report', ...argv, '-o', file])
  expect([code, err]).toEqual([0, ''])
  return pathToFileURL(file).href
}

/** A file of a header alone, and of as many bytes as it speaks of, which take no room. */
function sparse(name: string, json: Uint8Array, dataBytes: number): string {
  const path = join(folder, name)
  const file = openSync(path, 'w')
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  writeSync(file, length)
  writeSync(file, json)
  ftruncateSync(file, 8 + json.length + dataBytes)
  closeSync(file)
  return path
}

type Entry = ReturnType<typeof entry>

/** The entries of the header of a fixture, metadata left out. */
function cnnEntries(): [string, Entry][] {
  const bytes = readFileSync('fixtures/cnn.safetensors')
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString())
  return Object.entries<Entry>(header).filter(([name]) => name !== '__metadata__')
}

/** The same entries one behind the other. */
function placed(entries: Readonly<Record<string, Entry>>): Record<string, Entry> {
  let end = 0
  return Object.fromEntries(
    Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin = 0, until = 0],
        },
      ]) => {
        const start = end
        end += until - begin
        return [name, entry(dtype, shape, start, end)]
      },
    ),
  )
}

beforeAll(async () => {
  pages.cnn = await made('cnn', 'fixtures/cnn.safetensors')
  pages.values = await made('values', 'fixtures/cnn.safetensors', '--stats')
  pages.viewer = await made('viewer', '--viewer')
  const { 'fc.bias': _, ...kept } = Object.fromEntries(cnnEntries())
  const header = placed({
    ...kept,
    'fc.weight': entry('F16', [1000, 96], 0, 192_000),
    'added.bias': entry('F32', [3], 0, 12),
  })
  writeFileSync(join(folder, 'other.safetensors'), safetensorsBytes({ header }))
  pages.two = await made('two', 'fixtures/cnn.safetensors', join(folder, 'other.safetensors'))
  const large = largeHeader(709_000)
  pages.large = await made('large', sparse('large.safetensors', large.header, large.dataBytes))
  // JSON has no lone surrogates.
  const names = [...new Set(nastyNames)].filter((name) => !/\p{Cs}/u.test(name))
  const tensors = names.flatMap((name) => [name, `a.${name}`, `${name}.running_mean`])
  const nasty = Object.fromEntries([
    ['__metadata__', Object.fromEntries(names.map((name) => [name, name]))] as const,
    ...tensors.map((name, i) => [name, entry('F32', [2], i * 8, i * 8 + 8)] as const),
  ])
  writeFileSync(join(folder, 'hostile.safetensors'), safetensorsBytes({ header: nasty }))
  pages.hostile = await made('hostile', join(folder, 'hostile.safetensors'))
}, 240_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const truth: { entries: { name: string; kind: string }[] } = JSON.parse(
  readFileSync('fixtures/cnn.safetensors.truth.json', 'utf8'),
)

describe.each<BrowserName>(['chromium', 'firefox'])('a report in %s', (name) => {
  let browser: Browser
  let close: () => Promise<void>

  beforeAll(async () => {
    ;({ browser, close } = await startBrowser(name))
  }, 120_000)
  afterAll(() => close())

  /** Opens a page, and keeps what it does that it must not. */
  async function opened(
    url: string | undefined,
    { width = 1280, dark = false } = {},
  ): Promise<{ readonly page: Page; readonly harm: string[] }> {
    const page = await browser.newPage()
    const harm: string[] = []
    page.on('dialog', (dialog) => {
      harm.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      // Firefox draws marks with a font of its own, which it keeps in such a URL.
      if (request.url() !== url && !request.url().startsWith('data:font/'))
        harm.push(`request ${request.url().slice(0, 200)}`)
    })
    page.on('pageerror', (error) => harm.push(`error ${error}`))
    page.on('console', (message) => {
      if (message.type() === 'error') harm.push(`console ${message.text()}`)
    })
    await page.setViewport({ width, height: 900 })
    page.setDefaultTimeout(120_000)
    await page.goto(url as string)
    await page.waitForSelector(url === pages.viewer ? '#drop' : '.grid [data-index="0"]')
    if (dark)
      await page.evaluate(() => {
        document.documentElement.style.colorScheme = 'dark'
      })
    return { page, harm }
  }

  const textsOf = (page: Page, selector: string): Promise<string[]> =>
    page.$$eval(selector, (nodes) => nodes.map((node) => (node as HTMLElement).innerText))

  async function faults(page: Page): Promise<string[]> {
    await page.evaluate(axe)
    return page.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as {
          axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
        }
      ).axe.run({ preload: false })
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
      )
    })
  }

  it('opens, finds, and says why as `why` does', async () => {
    const { page, harm } = await opened(pages.cnn)
    expect(await textsOf(page, 'h1')).toEqual(['cnn.safetensors'])
    await page.keyboard.press('/')
    await page.keyboard.type('**.running_mean')
    const means = truth.entries.filter(({ name }) => name.endsWith('.running_mean'))
    await page.waitForFunction(
      (text) => document.querySelector('.found')?.textContent === text,
      {},
      `${means.length} tensors found`,
    )
    await page.keyboard.press('Enter')
    await page.keyboard.press('Home')
    await page.waitForSelector('.panel h3')
    const [tensor = ''] = await textsOf(page, '.panel h3')
    expect(means.map(({ name }) => name)).toContain(tensor)
    const { out } = await runCli(['why', 'fixtures/cnn.safetensors', tensor, '--json'])
    const [{ claims, kind }] = JSON.parse(out).explanations
    expect(await textsOf(page, '.panel .badge')).toEqual([kind.answer])
    const said = (await textsOf(page, '.panel .claims li')).join('\n')
    for (const { reason, source } of claims) expect(said).toContain(`${reason} ${source}`)
    expect((await textsOf(page, '.panel .claims li')).length).toBe(claims.length)
    expect(harm).toEqual([])
    await page.close()
  })

  it('tells what values come to as `stats` does, and colours the map by it', async () => {
    const { page, harm } = await opened(pages.values)
    await page.keyboard.press('/')
    await page.keyboard.type('fc.weight')
    await page.waitForFunction(() => document.querySelector('.found')?.textContent === '1 tensor found')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Home')
    await page.waitForSelector('.panel .histogram')
    const { out } = await runCli(['stats', 'fixtures/cnn.safetensors', '--keep', 'fc.weight', '--json'])
    const [{ values }] = JSON.parse(out).tensors
    const shown = (number: number): string => String(Number(number.toPrecision(4)))
    const said = (await textsOf(page, '.panel dl')).join('\n')
    expect(said).toContain(`${shown(values.min)} to ${shown(values.max)}`)
    expect(said).toContain(shown(values.std))
    expect((await textsOf(page, '.panel .histogram'))[0]).toMatch(/^[ ▁▂▃▄▅▆▇█]+$/)
    await page.select('.map-section .choice:last-child select', 'spread')
    expect(await textsOf(page, '.map-section .legend li')).toContain('0.01 to 0.1')
    expect((await textsOf(page, '.findings')).join()).toContain('92/92 tensors')
    expect(await faults(page)).toEqual([])
    expect(harm).toEqual([])
    await page.close()
  })

  it('zooms into the map by pointer and by key, and out of it', async () => {
    const { page, harm } = await opened(pages.cnn)
    const { x, y } = await page.$eval('.map', (map) => {
      map.scrollIntoView({ block: 'center' })
      const box = map.getBoundingClientRect()
      return { x: box.x, y: box.y }
    })
    const crumbs = () => textsOf(page, '.crumbs li')
    expect(await crumbs()).toEqual(['all'])
    // The largest module is at the top left.
    await page.mouse.click(x + 20, y + 60)
    expect(await crumbs()).toEqual(['all', 'layer4', '0'])
    await page.focus('.map')
    await page.keyboard.press('Backspace')
    expect(await crumbs()).toEqual(['all'])
    await page.keyboard.press('ArrowRight')
    expect((await textsOf(page, '.caption'))[0]).toMatch(/^layer4\.0: .*, \d+ % of all$/)
    await page.keyboard.press('Enter')
    expect(await crumbs()).toEqual(['all', 'layer4', '0'])
    for (const colour of ['type', 'level', 'trainable'])
      await page.select('.map-section .choice:last-child select', colour)
    expect(await textsOf(page, '.map-section .legend li')).toEqual(['yes', 'no', 'unknown'])
    expect(harm).toEqual([])
    await page.close()
  })

  it('walks the tree by key', async () => {
    const { page } = await opened(pages.cnn)
    await page.focus('.grid')
    const active = () => textsOf(page, '.row.active .text')
    await page.keyboard.press('End')
    const lines = await page.$eval('.grid', (grid) => Number(grid.getAttribute('aria-rowcount')))
    expect(lines).toBeGreaterThan(7)
    await page.keyboard.press('Home')
    expect(await active()).toEqual(['conv1'])
    const expanded = () => page.$eval('.row.active', (row) => row.getAttribute('aria-expanded'))
    const before = await expanded()
    await page.keyboard.press(before === 'true' ? 'ArrowLeft' : 'ArrowRight')
    expect(await expanded()).toBe(before === 'true' ? 'false' : 'true')
    if (before === 'true') await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    expect(await active()).toEqual(['0'])
    await page.keyboard.press('ArrowLeft')
    expect(await active()).toEqual(['conv1'])
    await page.close()
  })

  it('can be used by everybody: light, dark, wide and on a phone', { timeout: 240_000 }, async () => {
    for (const dark of [false, true])
      for (const width of [1280, 360]) {
        const { page } = await opened(pages.cnn, { dark, width })
        await page.click('.grid [data-index="0"]')
        expect([dark, width, await faults(page)]).toEqual([dark, width, []])
        const room = await page.evaluate(() => document.documentElement.scrollWidth)
        expect([width, room]).toEqual([width, Math.min(room, width)])
        await page.close()
      }
  })

  it('opens 709,000 tensors', { timeout: 240_000 }, async () => {
    const { page, harm } = await opened(pages.large)
    await page.type('.search input', 'experts.17.gate_proj')
    const layers = Math.ceil((709_000 / 3 - 17) / 256)
    await page.waitForFunction(
      (text) => document.querySelector('.found')?.textContent === text,
      {},
      `${layers} tensors found`,
    )
    await page.$eval('.search input', (input) => {
      ;(input as HTMLInputElement).value = 'weight'
      input.dispatchEvent(new Event('input'))
    })
    await page.waitForFunction(
      () => document.querySelector('.found')?.textContent === '709,000 tensors found',
    )
    await page.focus('.grid')
    await page.keyboard.press('End')
    const [last] = await textsOf(page, '.row.active .text')
    expect(last).toBe('model.layers.923.mlp.experts.45.gate_proj.weight')
    expect(await page.$$eval('.rows .row', (rows) => rows.length)).toBeLessThan(60)
    expect(harm).toEqual([])
    await page.close()
  })

  it('does nothing that the names in a file say', async () => {
    const { page, harm } = await opened(pages.hostile)
    await page.click('.check input')
    await page.focus('.grid')
    await page.keyboard.press('End')
    await page.keyboard.type('/')
    await page.keyboard.type('<script>')
    await page.waitForFunction(() => document.querySelector('.found')?.textContent === '3 tensors found')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Home')
    expect((await textsOf(page, '.panel h3'))[0]).toContain('<script>alert(1)</script>')
    expect(await page.$$eval('img, iframe, a, script[src], link', (nodes) => nodes.length)).toBe(0)
    const hidden = await page.evaluate(
      () =>
        /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.exec(
          document.body.innerText,
        )?.[0] ?? null,
    )
    expect(hidden).toBeNull()
    expect(harm).toEqual([])
    await page.close()
  })

  it('puts two checkpoints side by side', { timeout: 240_000 }, async () => {
    const { page, harm } = await opened(pages.two)
    const [verdict] = await textsOf(page, '.verdict')
    expect(verdict).toContain('1 of them changed; 1 only in a, 1 only in b')
    await page.focus('.compare')
    await page.keyboard.press('End')
    const lines = await page.$$eval('.compare .rows .row', (rows) =>
      rows.map((row) =>
        Array.from(row.querySelectorAll('[role=gridcell]'), (cell) => cell.textContent.trim()),
      ),
    )
    expect(lines).toContainEqual(['weight', 'F32 [1000, 96]', 'changed', 'F16 [1000, 96]'])
    expect(lines).toContainEqual(['bias', 'F32 [1000]', 'only in a', '–'])
    expect(lines).toContainEqual(['bias', '–', 'only in b', 'F32 [3]'])
    expect(await faults(page)).toEqual([])
    expect(harm).toEqual([])
    await page.close()
  })

  it('inspects what is chosen and what is dropped, and sends nothing', { timeout: 240_000 }, async () => {
    const { page, harm } = await opened(pages.viewer)
    expect(await faults(page)).toEqual([])
    const input = (await page.$('#files')) as ElementHandle<HTMLInputElement>
    await input.uploadFile(join(process.cwd(), 'fixtures/cnn.safetensors'))
    await page.waitForSelector('.grid [data-index="0"]')
    expect(await textsOf(page, '.identity h1')).toEqual(['cnn.safetensors'])
    expect((await textsOf(page, '.figures'))[0]).toContain('469,688')
    const bytes = [...readFileSync(join(folder, 'other.safetensors'))]
    await page.evaluate((bytes) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([new Uint8Array(bytes)], 'other.safetensors'))
      dataTransfer.items.add(new File(['nothing of the kind'], 'notes.txt'))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    }, bytes)
    await page.waitForFunction(
      () => document.querySelector('.identity h1')?.textContent !== 'cnn.safetensors',
    )
    await page.waitForFunction(() => document.querySelector('article')?.textContent?.includes('added'))
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['nothing of the kind'], 'notes.txt'))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })
    await page.waitForSelector('.failure')
    expect((await textsOf(page, '.failure'))[0]).toMatch(/^notes\.txt could not be read: /)
    // Nothing but their values tells four of its tensors from parameters (fixtures/generate/value_tables.py).
    await input.uploadFile(join(process.cwd(), 'fixtures/value-tables/trained.safetensors'))
    await page.waitForFunction(() => document.querySelector('.grid .rows')?.textContent?.includes('blocked'))
    const rows = await page.$$eval('.grid .rows .row', (all) => all.map((row) => row.textContent))
    for (const buffer of ['bank', 'blocked', 'ramp', 'shape'])
      expect(rows.find((row) => row?.includes(buffer))).toContain('buffer')
    expect(harm).toEqual([])
    await page.close()
  })

  it('inspects a folder that is chosen, or dropped', { timeout: 240_000 }, async () => {
    const shards = join(process.cwd(), 'fixtures/bart-sharded')
    const truth = JSON.parse(readFileSync('fixtures/bart-sharded.truth.json', 'utf8'))
    const sum = (kind: string) =>
      truth.entries
        .filter((one: { kind: string; tied_to?: string }) => one.kind === kind)
        .reduce((all: number, { shape }: { shape: number[] }) => all + shape.reduce((a, b) => a * b, 1), 0)
    const isShown = async (page: Page, called: string) => {
      await page.waitForSelector('.grid [data-index="0"]')
      expect(await textsOf(page, '.identity h1')).toEqual([called])
      expect((await textsOf(page, '.figures'))[0]).toContain(sum('parameter').toLocaleString('en'))
    }
    const { page, harm } = await opened(pages.viewer)
    const files = (await page.$('#files')) as ElementHandle<HTMLInputElement>
    await files.uploadFile(...readdirSync(shards).map((file) => join(shards, file)))
    await isShown(page, 'dropped files')
    // Firefox lets nobody choose or drop a folder for its user.
    if (name === 'chromium') {
      await page.reload()
      const input = (await page.$('#folder')) as ElementHandle<HTMLInputElement>
      await input.uploadFile(shards)
      await isShown(page, 'bart-sharded')
      await page.reload()
      // As the machine does it: files that a script makes up take another way.
      const session = await page.createCDPSession()
      const drop = async (path: string) => {
        const data = { items: [], files: [path], dragOperationsMask: 1 }
        for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
          await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data })
      }
      await drop(shards)
      await isShown(page, 'bart-sharded')
      await page.reload()
      await drop(join(process.cwd(), 'fixtures/cnn.safetensors'))
      await page.waitForSelector('.grid [data-index="0"]')
      expect((await textsOf(page, '.figures'))[0]).toContain('469,688')
    }
    expect(harm).toEqual([])
    await page.close()
  })

  it('inspects what is at an address, and asks that server alone', { timeout: 240_000 }, async () => {
    const bytes = readFileSync('fixtures/cnn.safetensors')
    const asked: string[] = []
    const server = createServer(
      {
        key: readFileSync('fixtures/tls/self-signed.key'),
        cert: readFileSync('fixtures/tls/self-signed.crt'),
      },
      (request, response) => {
        response.setHeader('access-control-allow-origin', '*')
        response.setHeader('access-control-expose-headers', '*')
        response.setHeader('access-control-allow-headers', '*')
        if (request.method === 'OPTIONS') return response.writeHead(204).end()
        asked.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`)
        if (request.url !== '/cnn.safetensors') return response.writeHead(404).end()
        const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
        if (from === undefined || to === undefined) return response.writeHead(200).end(bytes)
        const end = Math.min(Number(to), bytes.length - 1)
        response.setHeader('content-range', `bytes ${from}-${end}/${bytes.length}`)
        return response.writeHead(206).end(bytes.subarray(Number(from), end + 1))
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const url = `https://localhost:${port}/cnn.safetensors`
    const page = await browser.newPage()
    await page.goto(pages.viewer as string)
    await page.waitForSelector('#url')
    expect(asked).toEqual([])
    await page.type('#url', url)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.grid [data-index="0"]')
    expect((await textsOf(page, '.figures'))[0]).toContain('469,688')
    // The file, and what may stand beside it.
    for (const line of asked) expect(line).toMatch(/^GET \/(?:cnn\.safetensors|[a-z_]*config\.json) /)
    expect(asked.some((line) => line.startsWith('GET /cnn.safetensors bytes='))).toBe(true)
    await page.close()
  })

  it('says what matters without its script', async () => {
    // A server may forbid a page its scripts, in every browser.
    const { origin } = await webServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.setHeader('content-security-policy', "script-src 'none'")
      response.end(readFileSync(new URL(pages.cnn as string)))
    })
    const page = await browser.newPage()
    await page.goto(origin)
    expect(await textsOf(page, 'h1')).toEqual(['cnn.safetensors'])
    expect(await page.$$eval('.grid, .map', (nodes) => nodes.length)).toBe(0)
    const [body = ''] = await textsOf(page, 'main')
    for (const text of ['469,688', 'Findings', 'running_mean', 'layer4', 'format'])
      expect(body).toContain(text)
    expect(await faults(page)).toEqual([])
    await page.close()
  })
})

describe('the page itself', () => {
  it('is small, and lets nothing in or out', () => {
    for (const [name, url] of Object.entries(pages)) {
      const text = readFileSync(new URL(url), 'utf8')
      const data = /<script type="text\/plain" id="data">([^<]*)</.exec(text)?.[1]?.length ?? 0
      // The viewer has all of the library in it, where a report has its data.
      expect([name, text.length - (name === 'viewer' ? 0 : data) < 400_000]).toEqual([name, true])
      expect(text).toContain("default-src 'none'; script-src 'sha256-")
      expect(text).toContain(name === 'viewer' ? 'connect-src https:;' : "connect-src 'none';")
      expect(text.includes('the page takes no token')).toBe(name === 'viewer')
      // Nothing is loaded from anywhere, and there is no script but the one of the policy. What is compressed has any characters.
      const page = text.replace(/(<script type="text\/plain" id="data">)[^<]*</, '$1<')
      expect(page).not.toMatch(/ (?:src|srcset|href|action|style|on[a-z]+)=["']|url\(|@import/)
      expect(text.match(/<script[^>]*>/g)).toEqual(['<script type="text/plain" id="data">', '<script>'])
    }
  })

  it('runs the script and has the style that its policy names, and no other', () => {
    const text = readFileSync(new URL(pages.cnn as string), 'utf8')
    const digest = (content: string) => createHash('sha256').update(content).digest('base64')
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(text) ?? []
    const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(text) ?? []
    expect(text).toContain(`script-src 'sha256-${digest(script)}'`)
    expect(text).toContain(`style-src 'sha256-${digest(style)}'`)
  })
})
