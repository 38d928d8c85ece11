import { entry } from './entry.ts'

export const valuesFindings = {
  'values/finite': entry({
    level: 'error',
    message: ({ count }: { count: number }) => `${count} values are NaN or infinite`,
    about: ['tensor'],
    needs: 'values',
  }),
  'values/not-degenerate': entry({
    level: 'error',
    message: ({ value }: { value: number }) => `every value is ${value}`,
    about: ['tensor'],
    needs: 'values',
  }),
}
