import { decompressed, unpacked } from '../render/html/pack.ts'
import { pause } from './dom.ts'
import { showContent } from './show-content.ts'

/** The script of a report: shows the data that stands in the page. */
async function start(): Promise<void> {
  const data = document.getElementById('data')?.textContent ?? ''
  await pause()
  const content = unpacked(await decompressed(data))
  await showContent(content, document.getElementById('content') as HTMLElement)
}

void start()
