import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { Terminal } from '../helpers/tmux.ts'
import { serve, webServer } from '../helpers/web-server.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = `${root}bin/sdinspect.js`
const node = process.execPath
const bert = `${root}fixtures/bert`

/** A terminal in which a checkpoint is looked through. */
async function browsing(args: string, columns = 80, rows = 24, env = ''): Promise<Terminal> {
  const terminal = new Terminal(columns, rows)
  terminal.run(`stty -g > /dev/null; before=$(stty -g); echo be''gun`)
  await terminal.see('begun')
  terminal.run(`${env} ${node} ${bin} browse ${args}`)
  return terminal
}

/** Waits until the screen of before is back, with its cursor. */
async function ended(terminal: Terminal): Promise<void> {
  for (let tries = 0; tries < 200 && terminal.state() !== '0 1 0'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 25))
}

/** The terminal is as it was, and the program has ended with this code. */
async function left(terminal: Terminal, code: RegExp): Promise<void> {
  await ended(terminal)
  terminal.run(`echo "code $?"; test "$before" = "$(stty -g)" && echo as be''fore`)
  const screen = await terminal.see('as before')
  expect(screen).toMatch(code)
  // No other screen, a cursor that is seen.
  expect(terminal.state()).toBe('0 1 0')
}

describe('browse at a terminal', () => {
  test('opens, moves, finds, tells, reads values, sorts, resizes, and leaves no trace', async () => {
    const terminal = await browsing(bert)
    await terminal.see(/› ▸ bert/)
    expect(terminal.state()).toMatch(/^1 0 0/)
    terminal.press('Right', 'Down')
    await terminal.see(/› ├─ ▸ embeddings/)
    terminal.press('/')
    terminal.type('query.weight')
    await terminal.see(/^\/query\.weight/m)
    terminal.press('Enter')
    await terminal.see(/›\*.*weight +param \[32, 32\]/)
    terminal.press('i')
    await terminal.see('kind: parameter, recognised')
    terminal.press('v')
    await terminal.see(/mean .* std/)
    terminal.press('Tab', 'NPage', 'Down')
    await terminal.see('model.safetensors: ')
    terminal.press('Escape')
    terminal.resize(130, 30)
    await terminal.see(/│ bert\.encoder\.layer\.0/)
    terminal.resize(40, 10)
    terminal.press('i')
    await terminal.see(/›\*.*weight/)
    terminal.resize(20, 5)
    await terminal.see(/›\*/)
    terminal.resize(80, 24)
    terminal.press('s')
    await terminal.see('sorted by parameters')
    terminal.press('q')
    await left(terminal, /code 0/)
  })

  test('looks through what is at a distance, and says what that cost', async () => {
    const { origin } = await webServer(
      serve(new Map([['cnn.safetensors', new Uint8Array(readFileSync(`${root}fixtures/cnn.safetensors`))]])),
    )
    const terminal = await browsing(`${origin}/cnn.safetensors`)
    await terminal.see(/› ▸ conv1/)
    terminal.press('Down', 'Right', 'Down', 'v')
    await terminal.see('press v again to fetch 128 bytes')
    terminal.press('v')
    await terminal.see(/mean .* std/)
    terminal.press('q')
    await terminal.see(/\d+ requests?, /)
    await left(terminal, /code 0/)
  })

  test('shows two side by side', async () => {
    const terminal = await browsing(`${root}fixtures/cnn.safetensors ${bert}`, 120, 30)
    await terminal.see('they differ')
    terminal.press('d', 'E')
    await terminal.see(/only in [ab]/)
    terminal.press('q')
    await left(terminal, /code 0/)
  })

  test.each([
    ['Ctrl-C', /code 130/, async (terminal: Terminal): Promise<void> => terminal.press('C-c')],
    [
      'SIGTERM',
      /code 143/,
      async (_: Terminal, pid: string): Promise<void> => void spawnSync('kill', ['-TERM', pid]),
    ],
    [
      'SIGHUP',
      /code 129/,
      async (_: Terminal, pid: string): Promise<void> => void spawnSync('kill', ['-HUP', pid]),
    ],
    [
      'SIGINT',
      /code 130/,
      async (_: Terminal, pid: string): Promise<void> => void spawnSync('kill', ['-INT', pid]),
    ],
  ] as const)('leaves the terminal as it was after %s', async (_, code, end) => {
    const file = join(temporaryFolder(), 'pid')
    const terminal = await browsing(bert, 80, 24, `sh -c 'echo $$ > ${file}; exec "$@"' sh`)
    await terminal.see(/▸ bert/)
    const pid = readFileSync(file, 'utf8').trim()
    await end(terminal, pid)
    await left(terminal, code)
    // What was on the screen before is there again.
    expect(terminal.screen()).toMatch(/^begun$/m)
  })

  test('goes to sleep and comes back', async () => {
    const terminal = new Terminal(80, 24)
    terminal.run('set -m; PS1="> "')
    terminal.run(`${node} ${bin} browse ${bert}`)
    await terminal.see(/▸ bert/)
    terminal.press('C-z')
    await terminal.see(/[Ss]topped|Suspended/)
    expect(terminal.state()).toBe('0 1 0')
    terminal.run('fg')
    await terminal.see(/› ▸ bert/)
    expect(terminal.state()).toMatch(/^1 0 0/)
    terminal.press('q')
    await terminal.see(/^> ?$/m)
  })

  test('goes to sleep with what started it, and when it is told to from elsewhere', async () => {
    const file = join(temporaryFolder(), 'pid')
    const terminal = new Terminal(80, 24)
    terminal.run('set -m; PS1="> "')
    // As npx does: the shell waits for another process than the one that reads the keys.
    terminal.run(`sh -c 'sh -c "echo \\$\\$ > ${file}; exec ${node} ${bin} browse ${bert}"; true'`)
    await terminal.see(/▸ bert/)
    terminal.press('C-z')
    await terminal.see(/[Ss]topped|Suspended/)
    terminal.run('fg')
    await terminal.see(/› ▸ bert/)
    spawnSync('kill', ['-TSTP', readFileSync(file, 'utf8').trim()])
    await ended(terminal)
    expect(terminal.state()).toBe('0 1 0')
    terminal.run('fg')
    await terminal.see(/› ▸ bert/)
    terminal.press('q')
    await ended(terminal)
    expect(terminal.state()).toBe('0 1 0')
  })

  test('goes on where nobody could wake it', async () => {
    const terminal = new Terminal(80, 24)
    // The only process of its terminal: it is in no group that a shell looks after.
    terminal.run(`exec ${node} ${bin} browse ${bert}`)
    await terminal.see(/› ▸ bert/)
    terminal.press('C-z')
    terminal.press('Right', 'Down')
    await terminal.see(/› ├─ ▸ embeddings/)
    expect(terminal.state()).toMatch(/^1 0 0/)
  })

  test('leaves the terminal as it was after an error of its own', async () => {
    const file = join(temporaryFolder(), 'pid')
    const fails = join(temporaryFolder(), 'fails.mjs')
    writeFileSync(fails, "process.on('SIGUSR2', () => { throw new Error('of a test') })")
    const terminal = await browsing(
      bert,
      80,
      24,
      `NODE_OPTIONS='--import ${fails}' sh -c 'echo $$ > ${file}; exec "$@"' sh`,
    )
    await terminal.see(/▸ bert/)
    spawnSync('kill', ['-USR2', readFileSync(file, 'utf8').trim()])
    await terminal.see('of a test')
    await left(terminal, /code 2/)
  })

  test('ends when its terminal goes away', async () => {
    const file = join(temporaryFolder(), 'pid')
    const terminal = await browsing(bert, 80, 24, `sh -c 'echo $$ > ${file}; exec "$@"' sh`)
    await terminal.see(/▸ bert/)
    const pid = Number(readFileSync(file, 'utf8'))
    terminal.close()
    const isThere = () => spawnSync('kill', ['-0', String(pid)]).status === 0
    for (let tries = 0; tries < 400 && isThere(); tries++)
      await new Promise((resolve) => setTimeout(resolve, 25))
    expect(isThere()).toBe(false)
  })

  test('fills the terminal to its last column, and asks for pasted text in brackets only while it is there', async () => {
    const terminal = await browsing(bert)
    await terminal.see(/▸ bert/)
    terminal.press('i')
    await terminal.see(/^─{80}$/m)
    terminal.press('/')
    await terminal.see(/^\//m)
    terminal.paste('query\nq')
    await terminal.see(/^\/queryq/m)
    terminal.press('Escape', 'q')
    await ended(terminal)
    terminal.run('cat -v')
    terminal.paste('pasted')
    terminal.press('Enter', 'C-c')
    expect(await terminal.see('pasted')).not.toContain('200~')
  })

  test('has no colour where none is wanted, and ASCII where that is asked for', async () => {
    const terminal = await browsing(`${bert} --ascii`, 80, 24, 'NO_COLOR=1')
    const screen = await terminal.see(/> \+ bert/)
    expect(screen).not.toMatch(/[^\x20-\x7e\n]/)
    expect(terminal.painted()).not.toMatch(/\x1b\[(?:3[0-8]|4[0-8]|9\d)[;m]/)
    terminal.press('q')
    await left(terminal, /code 0/)
  })
})

describe('browse without a terminal', () => {
  test('says so, and names what prints the tree', async () => {
    const { code, err } = await runCli(['browse', bert])
    expect(code).toBe(2)
    expect(err).toContain('browse needs a terminal')
    expect(err).toContain(`sdinspect tree ${bert}`)
  })

  test('a terminal that can do nothing is none', async () => {
    const terminal = await browsing(bert, 80, 24, 'TERM=dumb')
    await terminal.see('whose cursor can be moved')
    await terminal.see('browse needs a terminal')
    await left(terminal, /code 2/)
  })

  test.each([
    ['a file that is not there', '/nowhere/model.pt', /no such file|not found|nowhere/],
    ['standard input', '-', /reads keys from standard input/],
  ])('%s is told where it can be read', async (_, path, told) => {
    const terminal = await browsing(path)
    await terminal.see(told)
    await left(terminal, /code 2/)
  })
})
