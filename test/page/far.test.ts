import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/index.ts'
import { inspectPath } from '../../src/node.ts'
import { browserLibrary } from '../helpers/browser-library.ts'
import { type BrowserName, startBrowser } from '../helpers/browsers.ts'
import { hubServer } from '../helpers/hub.ts'
import { type Answer, serve, webServer } from '../helpers/web-server.ts'

// The library in a page that has files at a distance: the Hub and another server are of other origins.

const fixtures = new URL('../../fixtures/', import.meta.url)
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, fixtures)))
const cnn = bytesOf('cnn.safetensors')
const commit = '0123456789abcdef0123456789abcdef01234567'
let library = ''

beforeAll(async () => {
  library = await browserLibrary()
})

/** What a file of another origin is to a page: `allows` says whether its server lets it be read. */
const shared =
  (answer: Answer, allows = true): Answer =>
  (request, response) => {
    if (allows) response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', 'Content-Range, ETag')
    // A range of both ends needs no leave; whatever would ask for it is refused.
    if (request.method === 'OPTIONS') response.writeHead(403).end()
    else answer(request, response)
  }

describe.each<BrowserName>(['chromium', 'firefox'])('the library in %s', (name) => {
  let browser: Browser
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ browser, close } = await startBrowser(name))
  }, 120_000)
  afterAll(() => close())

  async function page(): Promise<Page> {
    const { origin } = await webServer(
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>x</title>'),
    )
    const opened = await browser.newPage()
    await opened.goto(origin)
    await opened.addScriptTag({ content: library })
    return opened
  }

  /** The report of the model, or the code and message of what went wrong. */
  const inHub = (on: Page, model: string, options: object): Promise<Report> =>
    on.evaluate(
      `(async () => {
        try {
          const place = await sdinspect.hubPlace(${JSON.stringify(model)}, ${JSON.stringify(options)})
          for await (const opened of sdinspect.openFolder(place, sdinspect.defaultLimits)) {
            if ('error' in opened) throw opened.error
            const { path, checkpoint } = opened
            return JSON.parse(JSON.stringify(sdinspect.inspectCheckpoint(checkpoint, { path })))
          }
        } catch ({ code, message }) { return { code, message } }
      })()`,
    ) as Promise<Report>

  const atUrl = (on: Page, url: string): Promise<Report> =>
    on.evaluate(
      `(async () => {
        try {
          const source = await sdinspect.urlSource(${JSON.stringify(url)})
          const late = await source.read(1500000, 10)
          const report = await sdinspect.inspect(source)
          return JSON.parse(JSON.stringify({ ...report, late: [...late] }))
        } catch ({ code, message }) { return { code, message } }
      })()`,
    ) as Promise<Report>

  it('reads a model of the Hub, without asking where files are and with no leave', async () => {
    const files = new Map([
      ['config.json', bytesOf('gpt2-sharded/config.json')],
      ['model.safetensors', cnn],
    ])
    const { hub, storage } = await hubServer(new Map([['org/m', { files }]]))
    const report = await inHub(await page(), 'hf://org/m', { endpoint: hub.origin })
    expect(report.path).toBe(`hf://org/m@${commit}`)
    const { stateDicts } = await inspectPath(fileURLToPath(new URL('cnn.safetensors', fixtures)))
    expect(report.stateDicts[0]?.tensors).toEqual(JSON.parse(JSON.stringify(stateDicts[0]?.tensors)))
    expect(report.files.map(({ name: file }) => file)).toEqual(['model.safetensors', 'config.json'])
    expect([...hub.asked, ...storage.asked].map(({ method }) => method)).not.toContain('HEAD')
    expect([...hub.asked, ...storage.asked].map(({ method }) => method)).not.toContain('OPTIONS')
    expect(storage.asked.map(({ range }) => range)).toEqual(['bytes=0-90111'])
  }, 60_000)

  it('sends a token to the Hub and to nobody else', async () => {
    const model = { files: new Map([['model.safetensors', cnn]]), isPrivate: true }
    const { hub, storage } = await hubServer(new Map([['org/m', model]]))
    const on = await page()
    expect(await inHub(on, 'hf://org/m', { endpoint: hub.origin })).toMatchObject({
      code: 'source/not-found',
    })
    const report = await inHub(on, 'hf://org/m', { endpoint: hub.origin, token: 'hf_secret' })
    // After the redirect Firefox asks the storage for leave to send what it does not send, and is not given it.
    if (name === 'firefox') expect(report).toMatchObject({ code: 'source/network' })
    else expect(report.stateDicts).toHaveLength(1)
    if (name !== 'firefox') expect(storage.asked.length).toBeGreaterThan(0)
    for (const { headers } of storage.asked) expect(headers.authorization).toBeUndefined()
  }, 60_000)

  it('reads a URL, through a redirect too, and says when a server does not let it', async () => {
    const good = shared(serve(new Map([['m.safetensors', cnn]])))
    const there = await webServer(good)
    const front = await webServer(
      shared(
        (_, response) => void response.writeHead(302, { location: `${there.origin}/m.safetensors` }).end(),
      ),
    )
    const closed = await webServer(shared(serve(new Map([['m.safetensors', cnn]])), false))
    const on = await page()
    for (const url of [`${there.origin}/m.safetensors`, `${front.origin}/m`]) {
      const report = await atUrl(on, url)
      expect(report.stateDicts[0]?.totals.parameters.elements).toBe(469_688)
      expect((report as Report & { late: number[] }).late).toEqual([...cnn.subarray(1_500_000, 1_500_010)])
    }
    expect(await atUrl(on, `${closed.origin}/m.safetensors`)).toMatchObject({ code: 'source/network' })
  }, 90_000)
})
