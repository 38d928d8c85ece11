import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../src/node.ts'
import { browserLibrary } from '../helpers/browser-library.ts'
import { type BrowserName, startBrowser } from '../helpers/browsers.ts'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { webServer } from '../helpers/web-server.ts'

// Statistics in a page: with the kernels in WebAssembly, and without it.

const paths = [
  packedFixture('fixtures/statistics/cases.safetensors'),
  'fixtures/vit-bf16.safetensors',
  'fixtures/statistics/complex.pt',
  packedFixture('fixtures/dequantised/weights.safetensors'),
]
let library = ''

beforeAll(async () => {
  library = await browserLibrary()
})

/** In Node: text, in which integers beyond doubles are text too. */
async function statisticsHere(path: string): Promise<string> {
  const opened = await open(path)
  try {
    return JSON.stringify(await opened.statistics({ dequantised: true }), (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value,
    )
  } finally {
    await opened.close()
  }
}

describe.each<[BrowserName, boolean]>([
  ['chromium', true],
  ['chromium', false],
  ['firefox', true],
])('in %s, with WebAssembly: %s', (name, hasWebAssembly) => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  beforeAll(async () => {
    browser = await startBrowser(name)
  }, 120_000)
  afterAll(() => browser.close())

  it('statistics are the same to the bit as in Node', async () => {
    const { origin } = await webServer(
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>x</title>'),
    )
    const page = await browser.browser.newPage()
    await page.goto(origin)
    if (!hasWebAssembly) await page.evaluate(() => void Reflect.deleteProperty(globalThis, 'WebAssembly'))
    expect(await page.evaluate(() => typeof WebAssembly)).toBe(hasWebAssembly ? 'object' : 'undefined')
    await page.addScriptTag({ content: library })
    for (const path of paths) {
      const base64 = readFileSync(path).toString('base64')
      const found = await page.evaluate(async (text) => {
        const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
        // The library as a script of the page leaves it.
        const { open, memorySource } = (
          globalThis as unknown as { sdinspect: typeof import('../../src/index.ts') }
        ).sdinspect
        const opened = await open(memorySource(bytes))
        const statistics = await opened.statistics({ dequantised: true })
        await opened.close()
        return JSON.stringify(statistics, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
      }, base64)
      expect(found).toBe(await statisticsHere(path))
    }
  }, 120_000)
})
