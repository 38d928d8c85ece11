import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, launch } from 'puppeteer-core'

export type BrowserName = 'chromium' | 'firefox'

const programs: Readonly<Record<BrowserName, readonly string[]>> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  firefox: ['firefox-esr', 'firefox'],
}

/** Starts a browser without a window, with a profile that is gone when `close` is called. */
export async function startBrowser(
  name: BrowserName,
): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'sdinspect-browser-'))
  const browser = await launch({
    browser: name === 'firefox' ? 'firefox' : 'chrome',
    executablePath: programOf(name),
    headless: true,
    // The certificate of the tests is nobody's.
    acceptInsecureCerts: true,
    userDataDir: profile,
    timeout: 60_000,
    args:
      name === 'firefox'
        ? []
        : [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            // Pages have to do without WebAssembly.
            '--js-flags=--noexpose-wasm',
          ],
  })
  return {
    browser,
    async close() {
      await browser.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

function programOf(name: BrowserName): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = programs[name]
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new Error(
    `the pages of sdinspect report are tested in ${name}, and there is none: apt-get install chromium firefox-esr`,
  )
}
