// Draws docs/pictures/report-*.webp from pages that the built command line writes: node scripts/pictures/page.js
// Needs Chromium.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { launch } from 'puppeteer-core'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'sdinspect-pictures-'))
const browser = await launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
try {
  await shot('report', ['fixtures/cnn.safetensors', '--stats'], async (page) => {
    await page.select('.map-section .choice:last-child select', 'spread')
    await page.keyboard.press('/')
    await page.keyboard.type('fc.weight')
    await page.waitForFunction(() => document.querySelectorAll('.grid [data-index]').length === 1)
    await page.click('.grid [data-index="0"]')
    await page.waitForSelector('.histogram, aside svg, .detail svg')
  })
  await shot('report-two', ['fixtures/torch/state_dict.pt', 'fixtures/torch/ddp.pt'], async () => {})
} finally {
  await browser.close()
  await rm(folder, { recursive: true })
}

/** The page of these paths, after `act` has done something to it. */
async function shot(name, argv, act) {
  const file = join(folder, `${name}.html`)
  execFileSync(process.execPath, ['bin/sdinspect.js', 'report', ...argv, '-o', file], { cwd: root })
  const page = await browser.newPage()
  await page.setViewport({ width: 1200, height: 2000 })
  await page.goto(pathToFileURL(file).href)
  await page.waitForFunction(() => document.querySelector('.row') !== null)
  await act(page)
  await page.evaluate(() => window.scrollTo(0, 0))
  await new Promise((resolve) => setTimeout(resolve, 500))
  await page.screenshot({ path: join(root, `docs/pictures/${name}.webp`), type: 'webp', quality: 40 })
  await page.close()
}
