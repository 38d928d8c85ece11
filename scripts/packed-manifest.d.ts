export function withoutLifecycle(text: string): string
