/** The version of this package. A test compares it with package.json. */
export const version = '0.1.0'

/** Where it is developed: what reports link to. */
export const homepage = 'https://github.com/OWNER/sdinspect'
