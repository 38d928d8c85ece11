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
  /** What the script shows, or, of the viewer, runs: compressed and in Base64. */
  readonly data: string
  /** What its policy lets run and look like something. */
  readonly allowed: {
    /** Digests, in Base64. */
    readonly scripts: readonly string[]
    readonly style: string
    /** Names of policies that may make a script of a text (Trusted Types); none. */
    readonly policies: string
  }
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
    allowed: {
      scripts: [await sha256(assets.script)],
      style: await sha256(assets.style),
      policies: "'none'",
    },
  }
}

/**
 * A page that inspects what is dropped on it. It may ask servers for what the reader names, and nobody else.
 *
 * @param assets with the script that unpacks the rest
 * @param code the rest, which is all of the library: `data` is this, compressed
 */
export async function viewerPage(assets: PageAssets, code: string, data: string): Promise<Page> {
  return {
    assets,
    title: 'sdinspect',
    connect: 'https:',
    body: frameView([viewerView()], 'Nothing you drop here leaves this machine.'),
    data,
    allowed: {
      scripts: [await sha256(assets.script), await sha256(code)],
      style: await sha256(assets.style),
      policies: 'unpack',
    },
  }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

/**
 * The page as HTML. Its policy lets run and look like something only what is in it, by digest; it lets nothing be loaded, and
 * no text become markup or a script.
 */
export function* pageHtml({ assets, title, connect, body, data, allowed }: Page): Generator<string> {
  const policy = [
    "default-src 'none'",
    `script-src ${allowed.scripts.map((digest) => `'sha256-${digest}'`).join(' ')}`,
    `style-src 'sha256-${allowed.style}'`,
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${allowed.policies}`,
  ].join('; ')
  yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
  yield `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
  yield '<meta name="referrer" content="no-referrer">\n'
  yield* html([{ tag: 'title', attributes: {}, children: [title] }])
  yield `\n<style>${assets.style}</style>\n</head>\n<body>\n`
  yield* html(body)
  yield `\n<script type="text/plain" id="data">${data}</script>`
  yield `\n<script>${assets.script}</script>\n</body>\n</html>\n`
}
