/** Of the sentinel's thread; the kernel's name for it too from Node 24 on, which takes no more than these 15 bytes. */
export const SENTINEL_NAME = 'guru-meditation';
