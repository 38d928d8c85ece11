import { fromDigits } from '../render/html/digits.ts'
import { unLzma } from '../render/html/lzma.ts'

/** The script of the viewer's page: its data is the rest of its script, which is large, compressed. */
function start(): void {
  const packed = document.getElementById('data')?.textContent ?? ''
  const code = new TextDecoder().decode(unLzma(fromDigits(packed)))
  const script = document.createElement('script')
  // The policy of the page lets this one policy be made, once, and run only the script that it names by digest.
  const policy = trustedTypes()?.createPolicy('unpack', { createScript: (text) => text })
  script.textContent = policy === undefined ? code : (policy.createScript(code) as string)
  document.body.append(script)
}

/** Not all browsers have it, and TypeScript's library does not know it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScript(text: string): string },
  ): { createScript(text: string): unknown }
}

function trustedTypes(): TrustedTypes | undefined {
  return (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes
}

start()
