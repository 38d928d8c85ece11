/** The lock of the current folder when no other is named. */
export const defaultLockFile = 'sdinspect.lock'
