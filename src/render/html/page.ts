import { sentence } from '../text.ts'
import { type Child, html } from './element.ts'
import type { PageContent } from './page-content.ts'
import { contentView, frameView, viewerView } from './page-view.ts'

/** The script and the style that a page carries in it, as the build made them. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

/** A page, before it is text. */
export interface Page {
  readonly assets: PageAssets
  readonly title: string
  /** Where the page may ask for anything: `'none'` for a report. */
  readonly connect: string
  readonly body: readonly Child[]
  /** What the script shows, compressed and in Base64; null for none. */
  readonly data: string | null
  /** Digests of script and style, in Base64, for the policy of the page. */
  readonly hashes: { readonly script: string; readonly style: string }
}

/** A page for what was inspected. @param data of the same content, compressed */
export async function reportPage(content: PageContent, assets: PageAssets, data: string): Promise<Page> {
  const paths = content.checkpoints.map(({ report }) => report.path)
  const name = paths.length === 1 ? sentence(paths[0] as string) : `${paths.length} checkpoints`
  return {
    assets,
    title: `${name} · sdinspect`,
    connect: "'none'",
    body: frameView(contentView(content), 'Made from the structure of the file. Nothing in it was run.'),
    data,
    hashes: await hashesOf(assets),
  }
}

/** A page that inspects what is dropped on it. It may ask servers for what the reader names, and nobody else. */
export async function viewerPage(assets: PageAssets): Promise<Page> {
  return {
    assets,
    title: 'sdinspect',
    connect: 'https:',
    body: frameView([viewerView()], 'Nothing you drop here leaves this machine.'),
    data: null,
    hashes: await hashesOf(assets),
  }
}

async function hashesOf({ script, style }: PageAssets): Promise<Page['hashes']> {
  return { script: await sha256(script), style: await sha256(style) }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

/**
 * The page as HTML. Its policy lets run and look like something only what is in it, by digest; it lets nothing be loaded, and
 * no text become markup or a script.
 */
export function* pageHtml({ assets, title, connect, body, data, hashes }: Page): Generator<string> {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hashes.script}'`,
    `style-src 'sha256-${hashes.style}'`,
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
  yield `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
  yield '<meta name="referrer" content="no-referrer">\n'
  yield* html([{ tag: 'title', attributes: {}, children: [title] }])
  yield `\n<style>${assets.style}</style>\n</head>\n<body>\n`
  yield* html(body)
  if (data !== null) yield `\n<script type="text/plain" id="data">${data}</script>`
  yield `\n<script>${assets.script}</script>\n</body>\n</html>\n`
}
