import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/build-once.ts'],
    testTimeout: 60_000,
    // CI machines have two cores; forks keep one hostile input from taking the runner with it.
    pool: 'forks',
    maxWorkers: 2,
    // Modules keep no state of what they were last used for: the files of one worker share them, and load them once.
    isolate: false,
  },
})
