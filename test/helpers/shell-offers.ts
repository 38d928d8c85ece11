import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const testedShells = ['bash', 'zsh', 'fish'] as const
export type TestedShell = (typeof testedShells)[number]

/** Whether a shell is on this machine. */
export const hasShell = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined

const program = fileURLToPath(new URL('../../bin/sdinspect.js', import.meta.url))

/**
 * What a shell offers for command lines, each as its words without `sdinspect`, of which the last is being typed: asked of
 * the shell itself, with its own machinery, in a folder.
 *
 * @param script its completion script
 * @returns for each line what is offered, sorted
 */
export function offersOf(
  shell: TestedShell,
  script: string,
  lines: readonly (readonly string[])[],
  folder: string,
): readonly (readonly string[])[] {
  const work = mkdtempSync(join(tmpdir(), 'sdinspect-completion-'))
  const file = (name: string, text: string): string => {
    writeFileSync(join(work, name), text)
    return join(work, name)
  }
  const path = file('script', script)
  try {
    const text = asking[shell]({ script: path, lines, folder, file })
    const parts = `\n${text}`.split('\n> ').slice(1)
    if (parts.length !== lines.length)
      throw new Error(`${shell} answered ${parts.length} of ${lines.length} lines:\n${text}`)
    return parts.map((part) => [...new Set(part.split('\n').slice(1).filter(Boolean).map(unescaped))].sort())
  } finally {
    rmSync(work, { recursive: true })
  }
}

interface Asking {
  /** Path of the completion script. */
  readonly script: string
  readonly lines: readonly (readonly string[])[]
  readonly folder: string
  /** Writes a file beside the script and gives its path. */
  file(name: string, text: string): string
}

const quoted = (word: string): string => `'${word}'`
/** As it is typed: quotes around words that have to have them. */
const typed = (words: readonly string[]): string =>
  ['sdinspect', ...words].map((word) => (/^[\w./:=*-]*$/.test(word) ? word : quoted(word))).join(' ')
const unescaped = (offer: string): string => offer.replaceAll(/\\(.)/g, '$1')

/** How each is asked; it prints `> ` and the line before what is offered for it. */
const asking: Record<TestedShell, (asking: Asking) => string> = {
  bash: ({ script, lines, folder, file }) => {
    const asks = lines.map(
      (words) =>
        `COMP_WORDS=(${['sdinspect', ...words].map(quoted).join(' ')}); COMP_CWORD=${words.length}; _sdinspect; echo "> "; printf '%s\\n' "\${COMPREPLY[@]}"`,
    )
    const code = [
      `sdinspect() { ${quoted(process.execPath)} ${quoted(program)} "$@"; }`,
      `source ${quoted(script)}`,
      ...asks,
    ]
    return execFileSync('bash', ['--norc', file('asks', code.join('\n'))], { cwd: folder, encoding: 'utf8' })
  },

  // The widgets of zsh run in its line editor alone, so in a terminal; what they add is written down on its way.
  zsh: ({ script, lines, folder, file }) => {
    const found = file('found', '')
    const inner = file(
      'inner',
      `autoload -Uz compinit
compinit -D -u
sdinspect() { ${quoted(process.execPath)} ${quoted(program)} "$@" }
source ${quoted(script)}
compadd() {
  local -a offered
  if [[ "\${@[1,(i)-|--]}" == *-[OAD]* ]]; then builtin compadd "$@"; return; fi
  builtin compadd -O offered "$@"
  print -rl -- "$offered[@]" >> ${quoted(found)}
  builtin compadd "$@"
}
ask() {
  local line
  for line in "\${(@f)$(<${quoted(file('lines', lines.map(typed).join('\n')))})}"; do
    BUFFER=$line CURSOR=$#line
    print -r -- "> $line" >> ${quoted(found)}
    zle list-choices
  done
  mv ${quoted(found)} ${quoted(`${found}.whole`)}
  exit
}
zle -N ask
bindkey '^X' ask
`,
    )
    const outer = `zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'source ${inner}'
zpty -w -n inner $'\\x18'
while zpty -r inner piece; do [[ -e ${found}.whole ]] && break; done
`
    execFileSync('zsh', ['-f', file('outer', outer)], { cwd: folder, stdio: 'ignore', timeout: 120_000 })
    return readFileSync(`${found}.whole`, 'utf8')
  },

  fish: ({ script, lines, folder, file }) => {
    const asks = lines.map((words) => `echo '> '; complete -C ${JSON.stringify(typed(words))}`)
    const code = [
      `function sdinspect; ${quoted(process.execPath)} ${quoted(program)} $argv; end`,
      `source ${quoted(script)}`,
      ...asks,
    ]
    const told = execFileSync('fish', ['-N', file('asks', code.join('\n'))], {
      cwd: folder,
      encoding: 'utf8',
    })
    // Each with what it is, after a tab.
    return told.replaceAll(/\t.*$/gm, '')
  },
}
