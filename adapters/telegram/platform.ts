/** The word for it everywhere. */
export const PLATFORM = 'telegram';
