import type { Renderer } from '../renderer.ts'

/** A page that carries all it needs: to send, to keep, to host. */
export const html: Renderer = {
  format: 'html',
  views: {
    async report() {
      const { pageHtml } = await import('./page.ts')
      return { as: 'text', gap: '', text: pageHtml }
    },
  },
}
